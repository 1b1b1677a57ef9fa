/* The sandbox's card form. The card goes from the browser straight to the sandbox; the page only gets a pm_... id.
 *
 *   const card = ParleyCard.mount(element, { publishableKey, apiBase })
 *   await card.createPaymentMethod()   -> { ok: true, paymentMethod, brand, last4, expMonth, expYear }
 *                                      or { ok: false, message, field, code }; the form shows the message itself
 *   await card.confirmSetup(clientSecret, returnUrl)
 *                                      -> { ok: true, setupIntent, paymentMethod } or { ok: false, ... };
 *                                         leaves the page where the bank wants to ask the card holder
 *   card.focus()  card.clear()  card.unmount()
 *
 * ParleyCard.of(element or selector) finds a mounted form again. An element with data-parley-card,
 * data-publishable-key and data-api-base is mounted by itself, also when it appears later. Enter in a field that is
 * in no <form> fires "parley-card-submit" on the element. stripe_card.js has the same interface over Stripe.js.
 */
(() => {
  "use strict";

  const CSS = `
.parley-card{display:grid;grid-template-columns:1fr 1fr;gap:16px 12px;font:400 14px/20px var(--font,system-ui,sans-serif);color:var(--text,#1D1B17);text-align:start}
.parley-card-wide{grid-column:1/-1}
.parley-card label{display:block;margin-bottom:4px;font-weight:500}
.parley-card-box{position:relative}
.parley-card input{box-sizing:border-box;width:100%;height:var(--h-control,36px);padding:0 12px;border:1px solid var(--line-field,#857F72);border-radius:var(--r-2,6px);background:var(--sheet,#fff);color:inherit;font:inherit;font-variant-numeric:tabular-nums}
.parley-card input::placeholder{color:var(--text-3,#6B665B);opacity:1}
.parley-card input:focus{outline:2px solid var(--accent,#0B5563);outline-offset:-1px;border-color:transparent}
.parley-card input[aria-invalid=true]{border-color:var(--bad,#B0261E);box-shadow:inset 3px 0 0 var(--bad,#B0261E)}
.parley-card-brand{position:absolute;inset-inline-end:12px;top:0;height:100%;display:flex;align-items:center;color:var(--text-2,#57534A);font-size:13px;pointer-events:none}
.parley-card-error,.parley-card-failure{display:flex;gap:6px;align-items:flex-start;margin:4px 0 0;color:var(--bad,#B0261E);font:500 13px/20px var(--font,system-ui,sans-serif)}
.parley-card-error svg,.parley-card-failure svg{width:16px;height:16px;flex:none;margin-top:2px}
.parley-card-hint{margin:0;color:var(--text-2,#57534A);font:400 13px/20px var(--font,system-ui,sans-serif)}
.parley-card [hidden]{display:none}
@media (max-width:767px){.parley-card input{font-size:16px}}`;

  const WORDS = {
    number: "Card number",
    expiry: "Expires",
    cvc: "Security code",
    expiryHint: "MM / YY",
    practice: "Practice mode: no real money moves. Try 4242\u00a04242\u00a04242\u00a04242.",
    numberEmpty: "Enter the card number.",
    numberWrong: "This card number isn't complete or has a typo.",
    expiryEmpty: "Enter the month and year, such as 04 / 29.",
    expiryPast: "This card has ended. Use another card.",
    cvcWrong: "Enter the 3 digits on the back of the card.",
    cvcWrongAmex: "Enter the 4 digits on the front of the card.",
    notATestCard: "Practice mode only takes test cards. Try 4242\u00a04242\u00a04242\u00a04242. Your card was not kept.",
    declined: "Your bank declined this card. Nothing was taken. Try another card.",
    noAnswer: "The payment service did not answer. Nothing was taken. Try again in a moment.",
    notAgreed: "Your bank did not confirm that it is you. The card was not saved. Try again or use another card.",
  };
  const BRANDS = [
    ["amex", "American Express", /^3[47]/],
    ["visa", "Visa", /^4/],
    ["mastercard", "Mastercard", /^(5[1-5]|2[2-7])/],
    ["discover", "Discover", /^6(011|5)/],
    ["diners", "Diners Club", /^3(0|6|8)/],
    ["jcb", "JCB", /^35/],
    ["unionpay", "UnionPay", /^62/],
  ];
  const ICON =
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"' +
    ' stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="M12 8v4M12 16h.01"/></svg>';
  const FIELD_OF_CODE = {
    incorrect_number: ["number", "numberWrong"],
    invalid_number: ["number", "numberWrong"],
    invalid_expiry_month: ["expiry", "expiryPast"],
    invalid_expiry_year: ["expiry", "expiryPast"],
    invalid_cvc: ["cvc", "cvcWrong"],
    incorrect_cvc: ["cvc", "cvcWrong"],
  };
  const mounted = new WeakMap();
  let made = 0;

  const digits = (text) => text.replace(/\D/g, "");
  const brandOf = (number) => BRANDS.find(([, , start]) => start.test(number)) || ["", "", null];

  function luhn(number) {
    let total = 0;
    [...number].reverse().forEach((sign, place) => {
      const value = Number(sign) * (place % 2 ? 2 : 1);
      total += value > 9 ? value - 9 : value;
    });
    return total % 10 === 0;
  }

  function grouped(number) {
    const sizes = brandOf(number)[0] === "amex" ? [4, 6, 5] : [4, 4, 4, 4, 3];
    const parts = [];
    let at = 0;
    for (const size of sizes) {
      if (at < number.length) parts.push(number.slice(at, at + size));
      at += size;
    }
    return parts.join(" ");
  }

  function expiryShown(text, removing) {
    let raw = digits(text).slice(0, 4);
    if (raw.length === 1 && raw > "1") raw = "0" + raw;
    if (raw.length < 2 || (raw.length === 2 && removing)) return raw;
    return raw.slice(0, 2) + " / " + raw.slice(2);
  }

  function rewrite(input, change) {
    const before = digits(input.value.slice(0, input.selectionStart)).length;
    const atEnd = input.selectionStart === input.value.length;
    const value = change(input.value);
    if (value === input.value) return;
    input.value = value;
    if (atEnd) return;
    let place = 0;
    for (let seen = 0; place < value.length && seen < before; place += 1) if (/\d/.test(value[place])) seen += 1;
    input.setSelectionRange(place, place);
  }

  function style(root) {
    if (root.parleyCardStyled) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    root.parleyCardStyled = true;
  }

  function field(id, name, words, attributes, wide) {
    const box = document.createElement("div");
    if (wide) box.className = "parley-card-wide";
    const label = document.createElement("label");
    label.htmlFor = id;
    label.textContent = words[name];
    const input = document.createElement("input");
    Object.assign(input, { id, type: "text", ariaRequired: "true", spellcheck: false });
    for (const [key, value] of Object.entries(attributes)) input.setAttribute(key, value);
    input.dataset.field = name;
    input.setAttribute("aria-describedby", id + "-error");
    const line = document.createElement("div");
    line.className = "parley-card-box";
    line.append(input);
    const error = document.createElement("p");
    Object.assign(error, { id: id + "-error", className: "parley-card-error", hidden: true });
    box.append(label, line, error);
    return { box, line, input, error };
  }

  function build(element, words) {
    const id = "parley-card-" + (made += 1);
    const root = document.createElement("div");
    root.className = "parley-card";
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Card");
    const numeric = { inputmode: "numeric" };
    const fields = {
      number: field(id + "-number", "number", words, { ...numeric, autocomplete: "cc-number", maxlength: 23 }, true),
      expiry: field(id + "-expiry", "expiry", words, {
        ...numeric, autocomplete: "cc-exp", maxlength: 9, placeholder: words.expiryHint,
      }),
      cvc: field(id + "-cvc", "cvc", words, { ...numeric, autocomplete: "cc-csc", maxlength: 4 }),
    };
    const brand = document.createElement("span");
    brand.className = "parley-card-brand";
    fields.number.line.append(brand);
    const failure = document.createElement("p");
    failure.className = "parley-card-failure parley-card-wide";
    failure.setAttribute("role", "alert");
    failure.hidden = true;
    const hint = document.createElement("p");
    hint.className = "parley-card-hint parley-card-wide";
    hint.textContent = words.practice;
    root.append(fields.number.box, fields.expiry.box, fields.cvc.box, failure, hint);
    element.replaceChildren(root);
    return { root, fields, brand, failure };
  }

  function mount(element, options) {
    if (mounted.has(element)) return mounted.get(element);
    const words = { ...WORDS, ...(options.words || {}) };
    const apiBase = options.apiBase.replace(/\/$/, "");
    style(element.getRootNode());
    const { root, fields, brand, failure } = build(element, words);
    const { number, expiry, cvc } = fields;

    function say(name, text) {
      const { input, error } = fields[name];
      input.setAttribute("aria-invalid", text ? "true" : "false");
      error.hidden = !text;
      error.innerHTML = text ? ICON : "";
      if (text) error.append(Object.assign(document.createElement("span"), { textContent: text }));
    }

    function fail(text) {
      failure.hidden = !text;
      failure.innerHTML = text ? ICON : "";
      if (text) failure.append(Object.assign(document.createElement("span"), { textContent: text }));
    }

    const isAmex = () => brandOf(digits(number.input.value))[0] === "amex";
    const checks = {
      number() {
        const given = digits(number.input.value);
        if (!given) return words.numberEmpty;
        return given.length < 12 || !luhn(given) ? words.numberWrong : "";
      },
      expiry() {
        const given = digits(expiry.input.value);
        const month = Number(given.slice(0, 2));
        if (![4, 6].includes(given.length) || month < 1 || month > 12) return words.expiryEmpty;
        const year = Number(given.length === 6 ? given.slice(2) : "20" + given.slice(2));
        const now = new Date();
        const past = year < now.getFullYear() || (year === now.getFullYear() && month <= now.getMonth());
        return past ? words.expiryPast : "";
      },
      cvc() {
        const wanted = isAmex() ? 4 : 3;
        return digits(cvc.input.value).length === wanted ? "" : isAmex() ? words.cvcWrongAmex : words.cvcWrong;
      },
    };

    number.input.addEventListener("input", () => {
      rewrite(number.input, (text) => grouped(digits(text).slice(0, 19)));
      brand.textContent = brandOf(digits(number.input.value))[1];
    });
    expiry.input.addEventListener("input", (event) => {
      const removing = String(event.inputType || "").startsWith("delete");
      rewrite(expiry.input, (text) => (digits(text).length > 4 ? text : expiryShown(text, removing)));
    });
    cvc.input.addEventListener("input", () => rewrite(cvc.input, (text) => digits(text).slice(0, 4)));
    for (const [name, { input }] of Object.entries(fields)) {
      input.addEventListener("input", () => { say(name, ""); fail(""); });
      // Not when focus goes to a button: a message that moves the button away would swallow the click.
      input.addEventListener("blur", (event) => {
        if (input.value && root.contains(event.relatedTarget)) say(name, checks[name]());
      });
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || input.form) return;
        element.dispatchEvent(new CustomEvent("parley-card-submit", { bubbles: true, composed: true }));
      });
    }

    function firstMistake() {
      let first = null;
      for (const name of Object.keys(fields)) {
        const text = checks[name]();
        say(name, text);
        if (text && !first) first = { ok: false, field: name, message: text, code: "incomplete" };
      }
      if (first) fields[first.field].input.focus();
      return first;
    }

    async function post(path, params) {
      let answer;
      try {
        const response = await fetch(apiBase + path, {
          method: "POST",
          headers: { Authorization: "Bearer " + options.publishableKey },
          body: new URLSearchParams(params),
          credentials: "omit",
        });
        answer = await response.json();
        if (response.ok) return { ok: true, body: answer };
      } catch {
        fail(words.noAnswer);
        return { ok: false, field: "", message: words.noAnswer, code: "no_answer" };
      }
      return refused(answer.error || {});
    }

    function refused(error) {
      const [name, word] = FIELD_OF_CODE[error.code] || ["", ""];
      let message = word ? words[word] : error.type === "card_error" ? words.declined : words.noAnswer;
      if (error.decline_code === "test_mode_live_card") message = words.notATestCard;
      if (name) say(name, message);
      else fail(message);
      if (name) fields[name].input.focus();
      return { ok: false, field: name, message, code: error.code || error.type || "failed" };
    }

    function details() {
      const end = digits(expiry.input.value);
      return {
        type: "card",
        "card[number]": digits(number.input.value),
        "card[exp_month]": end.slice(0, 2),
        "card[exp_year]": end.length === 6 ? end.slice(2) : "20" + end.slice(2),
        "card[cvc]": digits(cvc.input.value),
      };
    }

    async function createPaymentMethod() {
      fail("");
      const mistake = firstMistake();
      if (mistake) return mistake;
      const answer = await post("/v1/payment_methods", details());
      if (!answer.ok) return answer;
      const { id, card } = answer.body;
      return {
        ok: true, paymentMethod: id, brand: card.brand, last4: card.last4,
        expMonth: card.exp_month, expYear: card.exp_year,
      };
    }

    async function confirmSetup(clientSecret, returnUrl) {
      const method = await createPaymentMethod();
      if (!method.ok) return method;
      const id = clientSecret.split("_secret_")[0];
      const answer = await post("/v1/setup_intents/" + encodeURIComponent(id) + "/confirm", {
        client_secret: clientSecret, payment_method: method.paymentMethod, return_url: returnUrl,
      });
      if (!answer.ok) return answer;
      const redirect = answer.body.next_action && answer.body.next_action.redirect_to_url;
      if (redirect) {
        window.location.assign(redirect.url);
        return new Promise(() => {});
      }
      return { ok: true, setupIntent: answer.body.id, paymentMethod: answer.body.payment_method };
    }

    function clear() {
      for (const name of Object.keys(fields)) {
        fields[name].input.value = "";
        say(name, "");
      }
      brand.textContent = "";
      fail("");
    }

    function unmount() {
      root.remove();
      mounted.delete(element);
    }

    const handle = { createPaymentMethod, confirmSetup, clear, unmount, focus: () => number.input.focus() };
    mounted.set(element, handle);
    return handle;
  }

  const of = (target) => mounted.get(typeof target === "string" ? document.querySelector(target) : target) || null;

  function mountMarked(scope) {
    for (const element of scope.querySelectorAll("[data-parley-card]")) {
      const { publishableKey, apiBase } = element.dataset;
      if (publishableKey && apiBase) mount(element, { publishableKey, apiBase });
    }
  }

  window.ParleyCard = { mount, of };
  mountMarked(document);
  new MutationObserver(() => mountMarked(document)).observe(document, { childList: true, subtree: true });
})();
