// The desk's queue: one's own conversations first, then by who has waited longest.
import { h } from "./dom";
import type { Person, QueueRow } from "./protocol";

export class Queue {
  readonly root: HTMLElement;
  private count = h("span", { class: "sub sm nw" });
  private list = h("div", { class: "rows" });
  private rows: QueueRow[] = [];
  private timer = window.setInterval(() => this.draw(), 20_000);

  constructor(private choose: (row: QueueRow) => void, private now: () => number, private me: () => Person | null) {
    this.root = h("section", { class: "q", "aria-label": "Queue" }, h("header", {}, h("h2", {}, "Queue"), this.count), this.list);
  }

  stop(): void {
    window.clearInterval(this.timer);
  }

  show(rows: QueueRow[], open: number, late: number, chosen: string | null): void {
    this.rows = rows;
    this.count.textContent = `${open} open${late ? `, ${late} late` : ""}`;
    this.draw(chosen);
  }

  private chosen: string | null = null;

  draw(chosen = this.chosen): void {
    this.chosen = chosen;
    if (!this.rows.length) {
      this.list.replaceChildren(h("div", { class: "empty" }, h("p", { class: "m" }, "Nobody waits."), h("p", { class: "sub sm" }, "Conversations appear here when a customer asks for a person.")));
      return;
    }
    this.list.replaceChildren(...this.rows.map((row) => this.row(row)));
  }

  private row(row: QueueRow): HTMLElement {
    const mine = row.owner?.id !== undefined && row.owner?.id === this.me()?.id;
    const [kind, word] = this.mark(row);
    return h("button", { class: `qi${row.conversation === this.chosen ? " on" : ""}`, type: "button", "aria-current": row.conversation === this.chosen ? "true" : null, onclick: () => this.choose(row) },
      h("span", { class: "row" }, h("span", { class: "b tr", dir: "auto" }, row.name), h("span", { class: "xs sub nw" }, mine ? `You, ${this.ago(row.last_at)}` : row.waiting_since ? `Waiting ${this.ago(row.waiting_since)}` : row.owner?.name ?? this.ago(row.last_at))),
      h("span", { class: "sn tr", dir: "auto" }, row.snippet),
      h("span", { class: "row xs" }, h("span", { class: "dim tr", dir: "auto" }, row.account), h("span", { class: `st ${kind}` }, h("i", { "aria-hidden": "true" }), word)));
  }

  private mark(row: QueueRow): [string, string] {
    if (row.status === "bot") return ["off", "Assistant"];
    if (!row.waiting_since || !row.answer_by) return this.turn(row);
    const minutes = Math.round((Date.parse(row.answer_by) - this.now()) / 60_000);
    if (minutes < 0) return ["bad", `${-minutes} min late`];
    return [minutes < 5 ? "warn" : "open", `${minutes} min left`];
  }

  /** Whose turn it is in a conversation that has its first answer. */
  private turn(row: QueueRow): [string, string] {
    if (row.unread) return ["good", `${row.unread} new`];
    if (row.last_by?.kind === "customer") return ["open", "To answer"];
    if (!row.last_by) return ["good", "Taken"];
    return ["off", row.last_by.id === this.me()?.id ? "You answered" : `${row.last_by.name.split(" ")[0]} answered`];
  }

  private ago(at: string): string {
    const minutes = Math.max(0, Math.round((this.now() - Date.parse(at)) / 60_000));
    return minutes < 1 ? "now" : minutes < 60 ? `${minutes} min` : minutes < 1440 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
  }
}
