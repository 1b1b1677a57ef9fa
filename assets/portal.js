/* What pages need from the browser and Reflex has no word for: modal dialogs, the chat pane, news from the chat. */
(() => {
  "use strict";
  const click = (selector, root = document) => root.querySelector(selector)?.click();

  // dialogs open as modals; closing them presses their cross, so that the page's state knows
  const openers = new Map();
  const open = (dialog) => {
    if (dialog.open) return;
    const opener = document.activeElement;
    dialog.showModal();
    // opened by its address, and not by a press: the first button of its bar isn't what one wants to see marked
    if (opener === document.body && dialog.dataset.modal === "drawer") { dialog.tabIndex = -1; dialog.focus(); }
    openers.set(dialog, opener === document.body ? null : opener);
    dialog.addEventListener("cancel", (e) => { e.preventDefault(); click(".esc", dialog); });
    dialog.addEventListener("mousedown", (e) => { if (e.target === dialog) { const r = dialog.getBoundingClientRect(); if (e.clientX < r.left || e.clientX > r.right || e.clientY < r.top || e.clientY > r.bottom) click(".esc", dialog); } });
  };
  // a dialog that the page took away gives the focus back to what opened it, or to the page where that is gone too
  const giveBack = () => {
    for (const [dialog, opener] of openers) {
      if (dialog.isConnected) continue;
      openers.delete(dialog);
      const back = opener?.isConnected ? opener : document.getElementById("content");
      if (document.activeElement === document.body) back?.focus({ preventScroll: true });
    }
  };
  // what was pressed in a dialog has made place for something else: the focus stays inside, where nothing is pressed
  const keepInside = () => {
    const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
    if (!dialog || document.activeElement !== document.body) return;
    dialog.tabIndex = -1;
    dialog.focus({ preventScroll: true });
  };

  // toasts go after 6 seconds, not while they are pointed at or hold the focus
  const wait = (toast) => {
    toast.dataset.waits = toast.dataset.toast;
    let timer;
    const start = () => { clearTimeout(timer); timer = setTimeout(() => click(".esc", toast), 6000); };
    const hold = () => clearTimeout(timer);
    toast.onpointerenter = hold; toast.onpointerleave = start; toast.onfocusin = hold; toast.onfocusout = start;
    start();
  };
  new MutationObserver(() => {
    document.querySelectorAll("dialog[data-modal]:not([open])").forEach(open);
    document.querySelectorAll("[data-toast]").forEach((toast) => { if (toast.dataset.waits !== toast.dataset.toast) wait(toast); });
    giveBack();
    keepInside();
  }).observe(document, { childList: true, subtree: true, characterData: true });

  // the cell that the next digit goes into
  const mark = (input) => {
    const cells = input.parentElement.querySelectorAll("span");
    const at = Math.min(input.value.length, cells.length - 1);
    cells.forEach((cell, n) => cell.classList.toggle("f", n === at));
  };
  for (const event of ["input", "focusin"]) {
    document.addEventListener(event, (e) => { if (e.target.matches?.("[data-digits]")) mark(e.target); });
  }

  // a code of digits may be pasted with spaces
  document.addEventListener("paste", (e) => {
    if (!e.target.matches?.("[data-digits]")) return;
    const digits = (e.clipboardData?.getData("text") ?? "").replace(/\D/g, "").slice(0, e.target.maxLength);
    if (!digits) return;
    e.preventDefault();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(e.target, digits);
    e.target.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // who signs in before the page is alive still goes where they wanted
  document.addEventListener("submit", (e) => {
    const field = e.target.matches?.('form[action^="/auth/"]') && e.target.querySelector("input[name=next]");
    const wanted = new URLSearchParams(location.search).get("next");
    if (field && wanted && !field.value) field.value = wanted;
  }, true);

  // the chat pane remembers whether it is open
  const KEY = "parley-chat-open";
  const app = () => document.querySelector(".app");
  const show = (open, focus) => {
    try { sessionStorage.setItem(KEY, open ? "1" : ""); } catch { /* not kept */ }
    app()?.classList.toggle("with-chat", open);
    const chat = document.querySelector("parley-chat");
    if (open && focus) chat?.show?.();
  };
  // on a phone the chat lies over the page: a page that was asked for is seen, also where a link of the chat led to it
  const phone = matchMedia("(max-width: 767px)");
  const restore = () => { try { if (!phone.matches && sessionStorage.getItem(KEY)) app()?.classList.add("with-chat"); } catch { /* not kept */ } };
  new MutationObserver(() => { const a = app(); if (a && !a.dataset.chatReady) { a.dataset.chatReady = "1"; restore(); } }).observe(document, { childList: true, subtree: true });
  document.addEventListener("click", (e) => {
    const asks = e.target.closest?.("[data-ask]");
    if (asks) { e.preventDefault(); show(true, true); const text = asks.dataset.ask; if (text) document.querySelector("parley-chat")?.say?.(text); }
    if (e.target.closest?.("[data-reload]")) { e.preventDefault(); location.reload(); }
    if (e.target.closest?.("a.skip")) { e.preventDefault(); document.getElementById("content")?.focus(); }
    const menu = e.target.closest?.("details.pop");
    if (e.target.closest?.(".menu a.mi,.menu button.mi")) menu.open = false;
    // a person's press closes what is open; one of the page's own, when records changed, does not
    if (e.isTrusted) document.querySelectorAll("details.pop[open]").forEach((d) => { if (d !== menu) d.open = false; });
    const reveal = e.target.closest?.("[data-reveal]");
    if (reveal) { const field = document.getElementById(reveal.dataset.reveal); const hidden = field.type === "password"; field.type = hidden ? "text" : "password"; reveal.textContent = hidden ? "Hide" : "Show"; reveal.setAttribute("aria-pressed", String(hidden)); }
  });
  document.addEventListener("click", (e) => {
    const link = phone.matches && e.composedPath().find((one) => one.localName === "a" && one.href);
    if (link && !link.download && link.target !== "_blank" && link.getRootNode().host?.localName === "parley-chat") show(false);
  });
  document.addEventListener("parley:close", () => { show(false); document.querySelector("[data-ask]")?.focus(); });
  document.addEventListener("parley:widen", () => app()?.classList.toggle("wide-chat"));
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === "k") { const find = document.querySelector(".top .find input"); if (find) { e.preventDefault(); find.focus(); } }
    if ((e.ctrlKey || e.metaKey) && e.key === "s") { const save = document.querySelector("[data-unsaved] [aria-keyshortcuts]"); if (save) { e.preventDefault(); save.focus(); } }
    if (e.key === "Escape") document.querySelectorAll("details.pop[open]").forEach((d) => { d.open = false; d.querySelector("summary")?.focus(); });
  });

  // a box that stands for several ticks, of which only some are set
  new MutationObserver(() => document.querySelectorAll("input[data-mixed]").forEach((box) => { box.indeterminate = box.dataset.mixed === "true"; }))
    .observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-mixed"] });

  // what a page's state wants of the browser: each is done when its value changes, not when the page is drawn with it
  const last = {};
  const heed = (name, act) => {
    const element = document.querySelector(`[data-${name}]`);
    const value = element?.getAttribute(`data-${name}`) ?? "";
    const before = last[name];
    last[name] = { element, value };
    if (element && value && before?.element === element && before.value !== value) act(value);
  };
  new MutationObserver(() => {
    heed("address", (wish) => {
      const address = wish.slice(wish.indexOf("/"));
      if (location.pathname.startsWith(address.split("?")[0])) history.replaceState(history.state, "", address); // not once one has gone on, to sign in say
    });
    heed("leaves-for", (address) => location.assign(address));
    heed("top", () => document.getElementById("content")?.scrollTo(0, 0));
    heed("look-again", () => click("#page-refresh"));
    heed("refused", () => requestAnimationFrame(lookAtWrong));
    heed("retry", () => setTimeout(() => { if (document.querySelector("[data-retry]:not([data-retry=''])")) click("#page-refresh"); }, 20000));
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-address", "data-leaves-for", "data-top", "data-look-again", "data-refused", "data-retry"] });

  // only the page's own body is scrolled: the browser would also move what lies around it and shows no more of it
  const bring = (part, top) => {
    const body = document.getElementById("content");
    if (!body?.contains(part)) return part.scrollIntoView({ block: "nearest" });
    const [seen, own] = [body.getBoundingClientRect(), part.getBoundingClientRect()];
    const below = Math.min(own.bottom - seen.bottom, own.top - seen.top);
    const by = top || own.top < seen.top ? own.top - seen.top : Math.max(below, 0);
    body.scrollBy(0, by);
  };

  // what appears below where one reads is brought into view and gets the focus that its button lost
  const brought = new WeakSet();
  new MutationObserver(() => {
    document.querySelectorAll("[data-bring]").forEach((part) => {
      if (brought.has(part)) return;
      brought.add(part);
      bring(part);
      if (part.tabIndex < 0 && part.hasAttribute("tabindex")) part.focus({ preventScroll: true });
    });
  }).observe(document, { childList: true, subtree: true });

  // a form that was refused: its first wrong field is brought into view and gets the focus
  const lookAtWrong = () => {
    const wrong = document.querySelector(".formpage .wrong");
    if (!wrong) return;
    const field = wrong.closest(".one,.many,.formpart:not(form)") ?? wrong;
    bring(field, true);
    const control = field.querySelector("input,select,textarea,button") ?? field;
    control.focus({ preventScroll: true });
  };

  // links within a page, and the mark at the part that one reads
  const parts = () => [...document.querySelectorAll("[data-toc] [data-jump]")].map((link) => [link, document.getElementById(link.dataset.jump)]).filter(([, part]) => part);
  let jumped;
  const place = () => {
    const found = parts();
    const body = document.getElementById("content");
    if (!found.length || !body) return;
    const line = body.getBoundingClientRect().top + 48;
    const above = found.filter(([, part]) => part.getBoundingClientRect().top <= line);
    const here = found.find(([link]) => link === jumped) ?? above.at(-1) ?? found[0];
    for (const [link] of found) if (link === here[0]) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  };
  document.addEventListener("click", (e) => {
    const link = e.target.closest?.("[data-jump]");
    if (!link) return;
    e.preventDefault();
    const part = document.getElementById(link.dataset.jump);
    if (part) bring(part, true);
    part?.querySelector("input,select,textarea,button")?.focus({ preventScroll: true });
    jumped = link;
    place();
  });
  document.addEventListener("scroll", (e) => { if (e.target.id === "content") place(); }, true);
  for (const event of ["wheel", "touchmove", "keydown", "input"]) document.addEventListener(event, () => { jumped = undefined; }, { passive: true });
  new MutationObserver(place).observe(document, { childList: true, subtree: true });

  // what is not saved is not lost by a slip
  window.addEventListener("beforeunload", (e) => { if (document.querySelector("[data-unsaved]")) e.preventDefault(); });

  // once all is saved or given up, the bar with the pressed button goes: the focus goes back to what was changed last
  let changed = "";
  let unsaved = false;
  document.addEventListener("input", (e) => { if (e.target.id && document.getElementById("content")?.contains(e.target)) changed = e.target.id; });
  new MutationObserver(() => {
    const before = unsaved;
    unsaved = document.querySelector("[data-unsaved]") !== null;
    if (!before || unsaved) return;
    requestAnimationFrame(() => {
      if (document.activeElement !== document.body && document.activeElement?.id !== "content") return;
      const field = document.getElementById(changed) ?? document.getElementById("content");
      field?.focus({ preventScroll: true });
    });
  }).observe(document, { childList: true, subtree: true });

  // a page without the chat looks again when one comes back to it
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") click("[data-when-seen]"); });

  // records changed on the server: the page looks again
  document.addEventListener("parley:changed", () => click("#page-refresh"));
  document.addEventListener("parley:conversation", (e) => {
    const field = document.getElementById("desk-conversation");
    if (!field) return;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, e.detail.number);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // what a card form was told before is over once something else is typed into it
  document.addEventListener("input", (e) => { if (e.target.closest?.("[data-parley-card]")) click("#card-typed"); });

  // Enter in a card form does what its button does
  document.addEventListener("parley-card-submit", (e) => { if (e.target.closest?.("[data-parley-card]")) click("[data-card-submit]"); });

  // a card form that stands in a page: its button makes the card and hands the id to the page's state
  document.addEventListener("click", async (e) => {
    const go = e.target.closest?.("[data-card-submit]");
    if (!go) return;
    const form = document.querySelector("[data-parley-card]");
    const sink = document.getElementById("card-made");
    if (!form || !sink) return;
    go.disabled = true;
    const made = await window.ParleyCard.of(form).createPaymentMethod();
    go.disabled = false;
    if (!made.ok) { click("#card-typed"); return; }
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(sink, made.paymentMethod);
    sink.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
