/* The card form over Stripe.js Elements, with the interface of card.js. Stripe's script is loaded at the first mount
 * and only then; the card's fields are Stripe's own frames, so that the page never sees the number. `apiBase` is not
 * used here.
 */
(() => {
  "use strict";

  const SOURCE = "https://js.stripe.com/v3/";
  const CSS = `
.parley-card{display:grid;grid-template-columns:1fr 1fr;gap:16px 12px;font:400 14px/20px var(--font,system-ui,sans-serif);color:var(--text,#1D1B17);text-align:start}
.parley-card-wide{grid-column:1/-1}
.parley-card label{display:block;margin-bottom:4px;font-weight:500}
.parley-card-frame{box-sizing:border-box;height:var(--h-control,36px);padding:7px 12px;border:1px solid var(--line-field,#857F72);border-radius:var(--r-2,6px);background:var(--sheet,#fff)}
.parley-card-frame.StripeElement--focus{outline:2px solid var(--accent,#0B5563);outline-offset:-1px;border-color:transparent}
.parley-card-frame[data-invalid]{border-color:var(--bad,#B0261E);box-shadow:inset 3px 0 0 var(--bad,#B0261E)}
.parley-card-error,.parley-card-failure{margin:4px 0 0;color:var(--bad,#B0261E);font:500 13px/20px var(--font,system-ui,sans-serif)}
.parley-card [hidden]{display:none}`;
  const WORDS = {
    number: "Card number",
    expiry: "Expires",
    cvc: "Security code",
    noAnswer: "The payment service did not answer. Nothing was taken. Try again in a moment.",
    declined: "Your bank declined this card. Nothing was taken. Try another card.",
  };
  const ELEMENTS = { number: "cardNumber", expiry: "cardExpiry", cvc: "cardCvc" };
  const mounted = new WeakMap();
  let made = 0;
  let loading = null;

  function load() {
    loading ??= new Promise((resolve, reject) => {
      if (window.Stripe) return resolve(window.Stripe);
      const script = document.createElement("script");
      script.src = SOURCE;
      script.onload = () => resolve(window.Stripe);
      script.onerror = () => { loading = null; script.remove(); reject(new Error("no answer")); };
      document.head.append(script);
    });
    return loading;
  }

  function style(root) {
    if (root.parleyCardStyled) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    root.parleyCardStyled = true;
  }

  function look(element) {
    const seen = getComputedStyle(element);
    const probe = document.createElement("i");
    probe.style.color = "var(--bad,#B0261E)";
    element.append(probe);
    const bad = getComputedStyle(probe).color;
    probe.remove();
    const base = { color: seen.color, fontFamily: seen.fontFamily, fontSize: "16px", lineHeight: "20px" };
    return { base, invalid: { color: bad } };
  }

  function build(element, words) {
    const id = "parley-card-" + (made += 1);
    const root = document.createElement("div");
    root.className = "parley-card";
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Card");
    const fields = {};
    for (const name of Object.keys(ELEMENTS)) {
      const box = document.createElement("div");
      if (name === "number") box.className = "parley-card-wide";
      const label = Object.assign(document.createElement("label"), { htmlFor: id + name, textContent: words[name] });
      const frame = Object.assign(document.createElement("div"), { id: id + name, className: "parley-card-frame" });
      const error = Object.assign(document.createElement("p"), { className: "parley-card-error", hidden: true });
      error.setAttribute("role", "alert");
      box.append(label, frame, error);
      root.append(box);
      fields[name] = { label, frame, error };
    }
    const failure = Object.assign(document.createElement("p"), { hidden: true });
    failure.className = "parley-card-failure parley-card-wide";
    failure.setAttribute("role", "alert");
    root.append(failure);
    element.replaceChildren(root);
    return { root, fields, failure };
  }

  function mount(element, options) {
    if (mounted.has(element)) return mounted.get(element);
    const words = { ...WORDS, ...(options.words || {}) };
    style(element.getRootNode());
    const { root, fields, failure } = build(element, words);

    function say(name, text) {
      const { frame, error } = fields[name];
      frame.toggleAttribute("data-invalid", Boolean(text));
      Object.assign(error, { hidden: !text, textContent: text || "" });
    }

    function fail(text) {
      Object.assign(failure, { hidden: !text, textContent: text || "" });
    }

    const ready = load().then((Stripe) => {
      const stripe = Stripe(options.publishableKey);
      const elements = stripe.elements();
      const parts = {};
      for (const [name, kind] of Object.entries(ELEMENTS)) {
        const part = elements.create(kind, { style: look(element), placeholder: name === "expiry" ? "MM / YY" : "" });
        part.mount(fields[name].frame);
        part.on("change", (event) => { say(name, event.error ? event.error.message : ""); fail(""); });
        fields[name].label.addEventListener("click", () => part.focus());
        parts[name] = part;
      }
      return { stripe, parts };
    });
    ready.catch(() => fail(words.noAnswer));

    function refused(error) {
      const code = error.code || error.type || "failed";
      const name = Object.keys(ELEMENTS).find((each) => code.includes(each)) || "";
      const message = error.type === "card_error" && !name ? words.declined : error.message || words.noAnswer;
      if (name) say(name, message);
      else fail(message);
      return { ok: false, field: name, message, code };
    }

    async function whenReady(work) {
      fail("");
      try {
        return await work(await ready);
      } catch {
        fail(words.noAnswer);
        return { ok: false, field: "", message: words.noAnswer, code: "no_answer" };
      }
    }

    const createPaymentMethod = () => whenReady(async ({ stripe, parts }) => {
      const { error, paymentMethod } = await stripe.createPaymentMethod({ type: "card", card: parts.number });
      if (error) return refused(error);
      const { id, card } = paymentMethod;
      return {
        ok: true, paymentMethod: id, brand: card.brand, last4: card.last4,
        expMonth: card.exp_month, expYear: card.exp_year,
      };
    });

    const confirmSetup = (clientSecret, returnUrl) => whenReady(async ({ stripe, parts }) => {
      const { error, setupIntent } = await stripe.confirmCardSetup(clientSecret, {
        payment_method: { card: parts.number }, return_url: returnUrl,
      });
      if (error) return refused(error);
      return { ok: true, setupIntent: setupIntent.id, paymentMethod: setupIntent.payment_method };
    });

    const each = (work) => ready.then(({ parts }) => Object.values(parts).forEach(work)).catch(() => {});
    const handle = {
      createPaymentMethod,
      confirmSetup,
      focus: () => ready.then(({ parts }) => parts.number.focus()).catch(() => {}),
      clear: () => { fail(""); return each((part) => part.clear()); },
      unmount: () => { each((part) => part.unmount()); root.remove(); mounted.delete(element); },
    };
    mounted.set(element, handle);
    return handle;
  }

  const of = (target) => mounted.get(typeof target === "string" ? document.querySelector(target) : target) || null;

  function mountMarked() {
    for (const element of document.querySelectorAll("[data-parley-card]")) {
      const { publishableKey } = element.dataset;
      if (publishableKey) mount(element, { publishableKey });
    }
  }

  window.ParleyCard = { mount, of };
  mountMarked();
  new MutationObserver(mountMarked).observe(document, { childList: true, subtree: true });
})();
