// How each block of a message looks. Blocks are data; what a person does with one goes out through `Uses`.
import { h } from "./dom";
import { type Local, dueDay, money } from "./format";
import { icon } from "./icons";
import { cardRequest, form, ratingRequest } from "./forms";
import { proposal, receipt } from "./proposal";
import type { Block, ButtonUse, ChoiceBlock, InvoicesBlock, QuickReply, TableBlock, TextBlock } from "./protocol";

export interface Uses {
  /** Whether this person is the one whom proposals and questions are for. */
  acts: boolean;
  host: HTMLElement;
  local: Local;
  cardScript: string;
  publishableKey: string;
  cardApi: string;
  say(text: string): void;
  use(button: ButtonUse): void;
  confirm(seq: number, token: string): Promise<string | null>;
  decline(seq: number): Promise<string | null>;
  /** On another site: watches a button; the answer is whether nothing of that site lies over it. */
  clear?(button: HTMLElement): () => boolean;
}

export function render(block: Block, seq: number, uses: Uses, live: boolean): HTMLElement | null {
  switch (block.kind) {
    case "text": return words(block);
    case "table": return table(block);
    case "proposal": return proposal(block, seq, uses, live);
    case "receipt": return receipt(block, uses);
    case "quick_replies": return live ? replies(block.replies, uses) : null;
    case "choice": return choice(block, uses, live);
    case "invoices": return invoices(block, uses, live);
    case "card_request": return live ? cardRequest(block, uses) : h("p", { class: "sm sub" }, block.title);
    case "form": return live ? form(block, uses) : null;
    case "rating_request": return live ? ratingRequest(block, uses) : h("p", { class: "sm sub" }, block.title);
    case "link": return h("p", {}, h("a", { href: block.href, download: block.download }, block.download ? icon("download") : null, " ", block.label));
    case "system": return h("div", { class: "sys" }, block.text);
  }
}

function words(block: TextBlock): HTMLElement {
  const holder = h("div", { class: "words", dir: "auto" });
  for (const paragraph of block.text.split(/\n{2,}/)) {
    const p = h("p");
    let rest = paragraph;
    for (const strong of block.strong) {
      const at = rest.indexOf(strong);
      if (at < 0) continue;
      p.append(rest.slice(0, at), h("b", { class: "b" }, strong));
      rest = rest.slice(at + strong.length);
    }
    p.append(rest);
    holder.append(p);
  }
  return holder;
}

function table(block: TableBlock): HTMLElement {
  const side = (at: number) => (block.columns[at]?.align === "end" ? "num" : "");
  const cell = (c: { text: string; href: string | null }) => (c.href ? h("a", { href: c.href }, c.text) : c.text);
  return h("div", {},
    block.title ? h("p", { class: "m" }, block.title) : null,
    h("div", { class: "blk" }, h("table", {},
      h("thead", {}, h("tr", {}, ...block.columns.map((c, at) => h("th", { class: side(at), scope: "col" }, c.label)))),
      h("tbody", {}, ...block.rows.map((row) => h("tr", { class: row.line === "line" ? "" : row.line },
        ...row.cells.map((c, at) => h("td", { class: side(at) }, cell(c)))))),
    )),
    block.note ? h("p", { class: "sm sub after" }, block.note) : null,
    block.href ? h("p", { class: "sm after" }, h("a", { href: block.href }, "Show all")) : null,
  );
}

function replies(list: QuickReply[], uses: Uses): HTMLElement {
  return h("div", { class: "qr" }, ...list.map((reply) =>
    reply.href
      ? h("a", { class: "btn", href: reply.href }, reply.label)
      : h("button", { class: "btn", type: "button", onclick: () => follow(reply, reply.label, uses) }, reply.label)));
}

function follow(what: { send: string | null; action: string | null; input: Record<string, unknown> }, label: string, uses: Uses): void {
  if (what.send) uses.say(what.send);
  else if (what.action) uses.use({ label, action: what.action, input: what.input });
}

function choice(block: ChoiceBlock, uses: Uses, live: boolean): HTMLElement {
  return h("div", {}, h("p", {}, block.question), h("div", { class: "choices" }, ...block.cards.map((card) =>
    h("button", { class: "choice", type: "button", disabled: !live, onclick: () => follow(card, card.title, uses) },
      h("span", { class: "grow" }, h("span", { class: "m" }, card.title), card.note ? h("span", { class: "sm sub" }, card.note) : null),
      card.amount === null ? null : h("span", { class: "num m" }, money(card.amount, card.currency, uses.local)),
      icon("chevron-right")))));
}

const MARKS: Record<string, string> = { overdue: "bad", open: "open", partly_paid: "part", paid: "good", credited: "good", void: "off" };

function invoices(block: InvoicesBlock, uses: Uses, live: boolean): HTMLElement {
  const chosen = new Set<string>();
  const selectable = block.selectable && live;
  const pay = h("button", { class: "btn primary small", type: "button", disabled: true, onclick: () => uses.use({ label: pay.textContent ?? "Pay", action: "invoices.pay", input: { invoices: [...chosen] } }) }, "Choose what to pay");
  const update = () => {
    const rows = block.invoices.filter((i) => chosen.has(i.number));
    const sum = rows.reduce((total, i) => total + i.amount, 0);
    pay.disabled = rows.length === 0;
    pay.textContent = rows.length ? `Pay ${money(sum, rows[0]!.currency, uses.local)}` : "Choose what to pay";
  };
  const row = (i: InvoicesBlock["invoices"][number]) => {
    const box = selectable && i.payable
      ? h("input", { type: "checkbox", class: "cb", "aria-label": `Choose ${i.number}`, onchange: (e: Event) => { (e.target as HTMLInputElement).checked ? chosen.add(i.number) : chosen.delete(i.number); update(); } })
      : null;
    return h("li", { class: "inv-row" }, box,
      h("span", { class: "grow" }, h("a", { href: i.href, class: "m" }, i.number), h("span", { class: "sm sub clamp", dir: "auto" }, i.title)),
      h("span", { class: "num" }, h("span", { class: "m" }, money(i.amount, i.currency, uses.local)),
        h("span", { class: `st sm ${MARKS[i.status] ?? "open"}` }, h("i", { "aria-hidden": "true" }), i.status_words || (i.due_on ? dueDay(i.due_on, uses.local) : ""))));
  };
  return h("div", { class: "blk pad" },
    block.title ? h("p", { class: "m" }, block.title) : null,
    h("ul", {}, ...block.invoices.map(row)),
    block.more && block.href ? h("p", { class: "sm after" }, h("a", { href: block.href }, `Show ${block.more} more`)) : null,
    selectable && block.invoices.some((i) => i.payable) ? h("div", { class: "row after" }, pay) : null);
}
