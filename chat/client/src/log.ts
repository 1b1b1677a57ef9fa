// The conversation as it is read: messages in order, one's own unsent ones last, typing under them.
import { render, type Uses } from "./blocks";
import type { Pending } from "./connection";
import { h } from "./dom";
import { clock, day, initials, type Local } from "./format";
import { icon } from "./icons";
import type { Block, ChatMessage, Person, ProposalState } from "./protocol";

export interface LogEvents {
  earlier(): void;
  retry(client_id: string): void;
  drop(client_id: string): void;
}

const NEAR = 80;

export class Log {
  readonly root: HTMLElement;
  me: Person | null = null;
  business = "";
  private local: Local;
  private messages = new Map<number, ChatMessage>();
  private settled = new Map<number, { state: ProposalState; at: string }>();
  private drawn = new Map<string, { key: string; node: HTMLElement }>();
  private pending: Pending[] = [];
  private greeting: Block[] = [];
  private typist: Person | null = null;
  private hasEarlier = false;
  private seen = 0;
  private stuck = true;
  private size = "";
  private list = h("div", { class: "list", role: "log", "aria-label": "Messages", "aria-live": "polite" });
  private newer = h("button", { class: "btn second small newer", type: "button", hidden: true, onclick: () => this.toEnd() }, icon("arrow-down"), "New messages");

  constructor(private uses: Uses, private events: LogEvents, private desk: boolean) {
    this.local = uses.local;
    this.root = h("div", { class: "log", tabIndex: 0, onscroll: () => this.scrolled() }, this.list, this.newer);
    // a box to write in that grows takes its room from above: who reads the end goes on reading it
    const sizes = new ResizeObserver(() => this.resized());
    sizes.observe(this.root);
    sizes.observe(this.list);
  }

  get lastSeq(): number {
    return Math.max(0, ...this.messages.keys());
  }

  clear(earlier: boolean, greeting: Block[]): void {
    this.messages.clear();
    this.settled.clear();
    this.drawn.clear();
    this.greeting = greeting;
    this.hasEarlier = earlier;
    this.typist = null;
  }

  add(messages: ChatMessage[]): void {
    for (const message of messages) {
      this.messages.set(message.seq, message);
      if (message.settles) this.settled.set(message.settles.seq, { state: message.settles.state, at: message.at });
    }
    this.draw();
  }

  /** Puts earlier messages above without moving what is being read. */
  prepend(messages: ChatMessage[], earlier: boolean): void {
    const before = this.root.scrollHeight;
    this.hasEarlier = earlier;
    this.add(messages);
    this.root.scrollTop += this.root.scrollHeight - before;
  }

  unsent(pending: Pending[]): void {
    const grew = pending.length > this.pending.length;
    this.pending = pending;
    this.draw();
    if (grew) this.toEnd();
  }

  typing(who: Person | null): void {
    this.typist = who;
    this.draw();
  }

  /** Marks one's own messages up to `seq` as read by the other side. */
  readUpTo(seq: number): void {
    if (seq === this.seen) return;
    this.seen = seq;
    this.draw();
  }

  toEnd(): void {
    this.stuck = true;
    this.root.scrollTop = this.root.scrollHeight;
    this.newer.hidden = true;
  }

  first(): number {
    return Math.min(...this.messages.keys());
  }

  private measured(): string {
    return `${this.root.clientHeight} of ${this.root.scrollHeight}`;
  }

  /** A person scrolled; where sizes have changed meanwhile, it may be the browser, and `resized` comes next. */
  private scrolled(): void {
    if (this.measured() === this.size) this.stuck = this.atEnd();
    if (this.atEnd()) this.newer.hidden = true;
  }

  private resized(): void {
    this.size = this.measured();
    if (this.stuck) this.toEnd();
  }

  private atEnd(): boolean {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < NEAR;
  }

  draw(): void {
    const stick = this.atEnd();
    const rows = [...this.messages.values()].sort((a, b) => a.seq - b.seq);
    const last = rows.filter((m) => m.author.kind !== "system" && !m.staff_only).at(-1);
    const nodes: HTMLElement[] = [];
    if (this.hasEarlier) nodes.push(h("div", { class: "sys" }, h("button", { class: "link", type: "button", onclick: () => this.events.earlier() }, "Show earlier messages")));
    if (!rows.length && this.greeting.length) nodes.push(this.greet());
    let before: ChatMessage | null = null;
    for (const message of rows) {
      const newDay = !before || this.dayOf(before.at) !== this.dayOf(message.at);
      if (newDay && before) nodes.push(h("div", { class: "sys" }, day(message.at, this.local, { weekday: "long", day: "numeric", month: "long" })));
      nodes.push(this.message(message, message === last && !this.pending.length && !this.desk, this.opens(message, before)));
      before = message;
    }
    nodes.push(...this.pending.map((one) => this.own(one)));
    if (this.typist) nodes.push(this.typingLine(this.typist));
    this.sync(nodes);
    if (stick) this.toEnd();
    else if (rows.length && last && !this.mine(last)) this.newer.hidden = false;
  }

  private sync(nodes: HTMLElement[]): void {
    const keep = new Set<Node>(nodes);
    for (const child of [...this.list.childNodes]) if (!keep.has(child)) child.remove();
    nodes.forEach((node, at) => { if (this.list.childNodes[at] !== node) this.list.insertBefore(node, this.list.childNodes[at] ?? null); });
  }

  private opens(message: ChatMessage, before: ChatMessage | null): boolean {
    return !before || before.author.kind !== message.author.kind || before.author.id !== message.author.id
      || before.staff_only !== message.staff_only || Date.parse(message.at) - Date.parse(before.at) > 120_000;
  }

  private dayOf(at: string): string {
    return day(at, this.local, { year: "numeric", month: "numeric", day: "numeric" });
  }

  private mine(message: ChatMessage): boolean {
    return this.desk ? message.author.kind === "staff" && message.author.id === this.me?.id : message.author.kind === "customer";
  }

  private message(message: ChatMessage, live: boolean, opens: boolean): HTMLElement {
    const fate = this.settled.get(message.seq);
    const read = this.desk && this.mine(message) && message.seq <= this.seen;
    const key = `${live}|${opens}|${fate?.state ?? ""}|${read}`;
    const known = this.drawn.get(`${message.seq}`);
    if (known?.key === key) return known.node;
    const blocks = message.blocks.map((block) =>
      block.kind === "proposal" && fate && block.state === "open" ? { ...block, state: fate.state, settled_at: fate.at } : block);
    const node = this.shell(message, blocks, live, opens);
    node.dataset.seq = String(message.seq);
    this.drawn.set(`${message.seq}`, { key, node });
    return node;
  }

  private shell(message: ChatMessage, blocks: Block[], live: boolean, opens: boolean): HTMLElement {
    const { author, at } = message;
    if (author.kind === "system" && !blocks.some((b) => b.kind === "rating_request")) return h("div", { class: "sys" }, `${message.text}, ${clock(at, this.local)}`);
    const own = message.staff_only && this.desk;  // a command's answer is for the colleague, who may press its buttons
    const uses = own ? { ...this.uses, acts: true } : this.uses;
    const parts = blocks.map((b) => render(b, message.seq, uses, live || own)).filter((n): n is HTMLElement => n !== null);
    const body = parts.length ? parts : [h("p", { dir: "auto", class: "said" }, message.text)];
    if (message.staff_only) {
      return h("div", { class: "staff-note" }, icon("lock"), h("div", {}, h("b", { class: "b" }, author.name), h("span", { class: "sub" }, " Only staff see this."), ...(parts.length ? parts : [h("p", { dir: "auto" }, message.text)])));
    }
    if (this.mine(message)) {
      return h("div", { class: "msg me" }, h("p", { dir: "auto", class: "said" }, message.text), this.desk ? h("p", { class: "xs sub" }, `You, ${clock(at, this.local)}${message.seq <= this.seen ? " · Read" : ""}`) : null);
    }
    if (author.kind === "customer") return h("div", { class: "msg me theirs" }, h("p", { dir: "auto", class: "said" }, message.text));
    return h("div", { class: "msg" }, opens ? this.who(author, at) : null, ...body);
  }

  private who(author: Person, at: string): HTMLElement {
    const face = author.kind === "bot" ? h("span", { class: "ava bot co tiny" }, icon("bot", 12)) : h("span", { class: "ava tiny" }, initials(author.name));
    const role = author.kind === "staff" ? `${this.business} · ` : "";
    return h("div", { class: "who" }, face, h("b", {}, author.name), h("span", {}, `${role}${clock(at, this.local)}`));
  }

  private own(one: Pending): HTMLElement {
    const note = one.refused
      ? h("div", { class: "errt" }, icon("circle-alert"), h("span", {}, `${one.refused} `, h("button", { class: "link", type: "button", onclick: () => this.events.retry(one.client_id) }, "Try again"), " ", h("button", { class: "link", type: "button", onclick: () => this.events.drop(one.client_id) }, "Remove")))
      : null;
    return h("div", { class: `msg me unsent${one.note ? " noted" : ""}`, "aria-busy": String(!one.refused) }, h("p", { dir: "auto", class: "said" }, one.text ?? one.button?.label ?? ""), note);
  }

  private greet(): HTMLElement {
    const parts = this.greeting.map((b) => render(b, 0, this.uses, true)).filter((n): n is HTMLElement => n !== null);
    return h("div", { class: "msg" }, h("div", { class: "who" }, h("span", { class: "ava bot co tiny" }, icon("bot", 12)), h("b", {}, `${this.business} assistant`)), ...parts);
  }

  private typingLine(who: Person): HTMLElement {
    const name = who.kind === "bot" ? "The assistant is working on it" : `${who.name.split(" ")[0]} is typing`;
    return h("div", { class: "typing" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), name);
  }
}
