// Blocks that ask for something: a card, a rating, a few fields.
import type { Uses } from "./blocks";
import { h, uid } from "./dom";
import { money } from "./format";
import { icon } from "./icons";
import type { CardRequestBlock, Fields, FormBlock, RatingRequestBlock } from "./protocol";

type Made = { ok: true; paymentMethod: string } | { ok: false; message: string };
interface CardForm { createPaymentMethod(): Promise<Made> }
interface CardLibrary { mount(element: HTMLElement, options: { publishableKey: string; apiBase: string }): CardForm }
declare global { interface Window { ParleyCard?: CardLibrary } }

let loading: Promise<CardLibrary> | undefined;

function cardLibrary(script: string): Promise<CardLibrary> {
  if (window.ParleyCard) return Promise.resolve(window.ParleyCard);
  loading ??= new Promise((resolve, reject) => {
    const tag = h("script", { src: script, async: true, onload: () => (window.ParleyCard ? resolve(window.ParleyCard) : reject(new Error("card"))), onerror: () => { loading = undefined; reject(new Error("card")); } });
    document.head.append(tag);
  });
  return loading;
}

/** The gateway's own card form: the card's number never comes near us.
 *
 * It stands in the page itself and shows through a slot, since gateways' forms don't work inside a shadow root. */
export function cardRequest(block: CardRequestBlock, uses: Uses): HTMLElement {
  const slot = uid();
  const place = h("div", { slot });
  uses.host.append(place);
  const problem = h("p", { class: "errt", role: "alert", hidden: true });
  const label = block.amount === null ? "Use this card" : `Use this card for ${money(block.amount, block.currency, uses.local)}`;
  const go = h("button", { class: "btn primary", type: "button", disabled: true }, label);
  const submit = async (card: CardForm) => {
    go.disabled = true;
    const made = await card.createPaymentMethod();
    if (made.ok) {
      place.remove();
      uses.use({ label: "Card entered", action: block.action, input: { ...block.input, [block.field]: made.paymentMethod } });
    } else {
      go.disabled = false;
    }
  };
  cardLibrary(uses.cardScript).then(
    (library) => {
      const card = library.mount(place, { publishableKey: uses.publishableKey, apiBase: uses.cardApi });
      go.disabled = false;
      go.addEventListener("click", () => void submit(card));
      place.addEventListener("parley-card-submit", () => void submit(card));
    },
    () => {
      problem.hidden = false;
      problem.textContent = "The card form did not load. Nothing was taken. Reload the page to try again.";
    },
  );
  return h("div", { class: "prop plain" }, h("header", {}, block.title),
    h("div", { class: "in" }, h("slot", { name: slot }), problem), h("footer", {}, go));
}

function stars(name: string, onPick: (value: number) => void): HTMLElement {
  const words = ["Bad", "Poor", "All right", "Good", "Very good"];
  return h("div", { class: "stars", role: "radiogroup", "aria-label": "Rating" }, ...words.map((word, at) => {
    const id = uid();
    return h("span", {}, h("input", { type: "radio", name, id, value: String(at + 1), class: "vh", onchange: () => onPick(at + 1) }),
      h("label", { for: id, title: word }, icon("star", 22), h("span", { class: "vh" }, `${at + 1}: ${word}`)));
  }));
}

export function ratingRequest(block: RatingRequestBlock, uses: Uses): HTMLElement {
  let rating = 0;
  const id = uid();
  const words = h("textarea", { id, class: "field area", rows: 2, maxLength: 4000 });
  const go = h("button", { class: "btn primary small", type: "button", disabled: true, onclick: () => { go.disabled = true; uses.use({ label: `${rating} of 5`, action: block.action, input: { ...block.input, rating, words: words.value.trim() } }); } }, "Send");
  const picker = stars(id + "r", (value) => {
    rating = value;
    go.disabled = false;
    picker.querySelectorAll("label").forEach((label, at) => label.classList.toggle("on", at < value));
  });
  return h("div", { class: "prop plain" }, h("header", {}, block.title),
    h("div", { class: "in" }, picker, h("label", { class: "label sm", for: id }, block.words_label), words), h("footer", {}, go));
}

export function form(block: FormBlock, uses: Uses): HTMLElement {
  const values: Fields = { ...block.input };
  const controls = block.fields.map((field) => {
    const id = uid();
    const set = (value: unknown) => { if (value === "" && !field.required) delete values[field.name]; else values[field.name] = value; };
    if (field.value !== null) set(field.value);
    const typed = (e: Event) => { const v = (e.target as HTMLInputElement).value; set(field.widget === "number" && v !== "" ? Number(v) : v); };
    const common = { id, class: "field", required: field.required, oninput: typed };
    const control =
      field.widget === "long_text" ? h("textarea", { ...common, class: "field area", value: String(field.value ?? "") })
      : field.widget === "select" ? h("select", common, ...field.options.map((o) => h("option", { value: o.send ?? o.label }, o.label)))
      : field.widget === "rating" ? stars(id, set)
      : h("input", { ...common, type: field.widget, value: String(field.value ?? "") });
    return h("div", {}, h("label", { class: "label sm", for: id }, field.label), control);
  });
  const element = h("form", { class: "prop plain", onsubmit: (e: Event) => { e.preventDefault(); uses.use({ label: block.submit, action: block.action, input: values }); } },
    h("header", {}, block.title), h("div", { class: "in fields" }, ...controls), h("footer", {}, h("button", { class: "btn primary small", type: "submit" }, block.submit)));
  return element;
}
