// The exact effect before a change, and the receipt after it.
import type { Uses } from "./blocks";
import { h } from "./dom";
import { clock, day, money } from "./format";
import type { Effect, ProposalBlock, ReceiptBlock } from "./protocol";

const FOLDED: Record<string, string> = {
  confirmed: "You confirmed this", declined: "You left this as it was", changed: "The figures changed. See the newer one below",
  refused: "This was not done", replaced: "Something newer was asked for",
};

const COVERED = "Something on this page lies over the chat, or just moved. Nothing was done. Try again when all of it is in view.";

/** Whether the label says already that the amount is one's gain, so that no minus stands before it. */
const got = (line: Effect["lines"][number]) => line.kind === "grand" && line.amount < 0 && line.label.startsWith("Credit");

/** The sum with its rules: single over a total, double under the amount that counts. */
export function sum(effect: Pick<Effect, "lines" | "currency">, uses: Uses): HTMLElement {
  return h("div", { class: "sum" }, ...effect.lines.flatMap((line) => [
    h("div", { class: `l ${line.kind === "grand" ? "tt" : line.kind === "total" ? "t" : ""}` },
      h("span", {}, line.label, line.note ? h("span", { class: "sub" }, ` ${line.note}`) : null),
      h("span", { class: line.amount < 0 && !got(line) ? "neg" : "" }, money(got(line) ? -line.amount : line.amount, effect.currency, uses.local))),
    ...(line.working ? [h("div", { class: "sm sub working" }, line.working)] : []),
  ]));
}

function facts(effect: Effect): HTMLElement | null {
  if (!effect.facts.length) return null;
  return h("dl", { class: "sm facts" }, ...effect.facts.flatMap((f) => [h("dt", { class: "sub" }, f.label), h("dd", {}, f.value)]));
}

export function proposal(block: ProposalBlock, seq: number, uses: Uses, _live: boolean): HTMLElement {
  const effect = block.effect;
  if (block.state !== "open") return folded(block, uses);
  const problem = h("p", { class: "errt", role: "alert", hidden: true });
  const yes = h("button", { class: `btn ${effect.danger ? "danger" : "primary"}`, type: "button" }, effect.confirm);
  const no = h("button", { class: "btn second", type: "button" }, effect.decline);
  const run = async (ask: () => Promise<string | null>) => {
    yes.disabled = no.disabled = true;
    const refused = await ask();
    problem.hidden = !refused;
    problem.textContent = refused ?? "";
    if (refused) yes.disabled = no.disabled = false;
  };
  const clear = uses.clear?.(yes) ?? (() => true);
  yes.addEventListener("click", () => void run(() => clear() ? uses.confirm(seq, block.token) : Promise.resolve(COVERED)));
  no.addEventListener("click", () => void run(() => uses.decline(seq)));
  return h("div", { class: "prop", role: "group", "aria-label": effect.title },
    h("header", {}, effect.title),
    h("div", { class: "in" }, effect.lines.length ? sum(effect, uses) : null, facts(effect),
      effect.warning ? h("p", { class: "note warn" }, effect.warning) : null,
      effect.currency ? h("p", { class: "xs sub exact" }, `Exact until ${clock(block.exact_until, uses.local)}.`) : null, problem),
    uses.acts ? h("footer", {}, yes, no) : h("p", { class: "sm sub said" }, "Waits for the customer's yes."));
}

function folded(block: ProposalBlock, uses: Uses): HTMLElement {
  const effect = block.effect;
  const main = effect.lines.find((l) => l.kind === "grand");
  const lines = h("div", { class: "in", hidden: true }, effect.lines.length ? sum(effect, uses) : null, facts(effect));
  const show = h("button", { class: "link", type: "button", "aria-expanded": "false" }, "Show the lines");
  show.addEventListener("click", () => {
    lines.hidden = !lines.hidden;
    show.textContent = lines.hidden ? "Show the lines" : "Hide the lines";
    show.setAttribute("aria-expanded", String(!lines.hidden));
  });
  const when = block.settled_at ? ` at ${clock(block.settled_at, uses.local)}` : "";
  return h("div", { class: "prop folded" },
    h("header", {}, h("span", { class: "grow" }, effect.title), main ? h("span", { class: "sub nw" }, money(main.amount, effect.currency, uses.local)) : null),
    h("div", { class: "sm sub said" }, `${FOLDED[block.state] ?? ""}${when}. `, effect.lines.length || effect.facts.length ? show : null),
    lines);
}

const MARK = { done: ["good", "Done"], waiting: ["part", "On its way"], failed: ["bad", "Not done"] } as const;

export function receipt(block: ReceiptBlock, uses: Uses): HTMLElement {
  const [kind, word] = MARK[block.outcome];
  const undo = block.undo;
  const when = `${day(block.at, uses.local)}, ${clock(block.at, uses.local)}`;
  return h("div", { class: `rcpt ${block.outcome}` },
    h("div", { class: "row said-so" }, h("b", { class: "b grow" }, block.title), h("span", { class: `st ${kind}` }, h("i", { "aria-hidden": "true" }), word)),
    h("div", { class: "sm sub" }, [block.reference, block.by ? `${block.by}, ${when}` : when].filter(Boolean).join(" · ")),
    block.words ? h("p", { class: "after" }, block.words) : null,
    block.lines.length ? h("div", { class: "sum sm after" }, ...block.lines.map((line) =>
      h("div", { class: `l ${line.line === "grand" ? "tt" : line.line === "total" ? "t" : ""}` }, h("span", {}, line.label),
        h("span", {}, line.amount === null ? line.value : money(line.amount, block.currency, uses.local))))) : null,
    block.continue_url && uses.acts ? h("p", { class: "after" }, h("a", { class: "btn primary small", href: block.continue_url }, "Go to your bank")) : null,
    block.href ? h("p", { class: "sm after" }, h("a", { href: block.href }, "Show it")) : null,
    undo && uses.acts ? h("p", { class: "sm sub" }, h("button", { class: "link", type: "button", onclick: () => uses.use({ label: "Undo", action: undo.action, input: undo.input }) }, "Undo"),
      undo.until ? ` until ${day(undo.until, uses.local)}, ${clock(undo.until, uses.local)}` : "") : null);
}
