// <parley-chat>: the chat pane of the portal, the widget on other sites, and the conversation of the desk.
//
// Attributes: mode (pane | widget | desk), origin, conversation, card-script, card-api, publishable-key; for the widget,
// which stands alone in a frame on another site: site, portal, business, hours, person.
// Events: parley:changed {topics}, parley:close, parley:widen, parley:conversation {number, account, customer} (empty: none),
// parley:unread {count}. Method: say(text) writes for the person, show() puts the focus where one writes.
import type { Uses } from "./blocks";
import css from "./chat.css";
import { Composer } from "./composer";
import { Connection, type Link, type Listener } from "./connection";
import { h } from "./dom";
import { clearOf } from "./frame";
import { initials, type Local } from "./format";
import { icon } from "./icons";
import { Log } from "./log";
import type { ChatMessage, Conversation, Opened, Person, Welcome } from "./protocol";
import { Queue } from "./queue";
import { Widget } from "./widget";
import look from "../../../assets/app.css";

export class ParleyChat extends HTMLElement {
  private connection: Connection | null = null;
  private log!: Log;
  private composer!: Composer;
  private queue: Queue | null = null;
  private widget: Widget | null = null;
  private header = h("header");
  private banner = h("div", { class: "banner", role: "status", hidden: true });
  private now: Conversation | null = null;
  private who: Person | null = null;
  private local: Local = { locale: "en-GB", timeZone: "UTC" };
  private hours = "";
  private ahead = 0;
  private quiet: number | undefined;
  private unread = 0;
  private counted = 0;

  connectedCallback(): void {
    if (this.connection) return;
    if (this.getAttribute("mode") !== "widget") return this.begin(null);
    this.widget ??= new Widget(this, this.uses(), {
      show: (view) => this.draw(view), begin: (visit) => this.begin(visit), end: () => this.end(), shown: (focus) => (focus ? this.show() : this.seen()),
    });
    void this.widget.start();
  }

  /** Draws the chat and opens its connection: for the cookie's session, or for a visit on another site. */
  private begin(visit: string | null): void {
    const desk = this.getAttribute("mode") === "desk";
    const keep = `parley-chat-${desk ? "desk" : "customer"}`;
    this.now = this.who = null;
    this.unread = this.counted = 0;
    this.header = h("header");
    this.banner = h("div", { class: "banner", role: "status", hidden: true });
    this.composer = new Composer({
      send: (text, note) => this.connection?.send({ text, note }), typing: (on) => this.connection?.typing(on),
      commands: async () => (await this.connection?.commands()) ?? null,
    }, desk, `${keep}-draft`);
    this.log = new Log(this.uses(), {
      earlier: () => void this.earlier(), retry: (id) => this.connection?.retry(id), drop: (id) => this.connection?.drop(id),
    }, desk);
    const chat = h("section", { class: "chat", "aria-label": desk ? "Conversation" : "Chat" }, this.header, this.banner, this.log.root, this.composer.root);
    if (desk) this.queue = new Queue((row) => void this.choose(row.conversation), () => Date.now() + this.ahead, () => this.who);
    this.draw(h("div", { class: desk ? "desk" : "pane" }, this.queue?.root ?? null, chat));
    this.connection = new Connection(this.getAttribute("origin") ?? "", this.listener(), desk, keep, visit);
    this.connection.number = this.getAttribute("conversation");
    this.drawHeader();
    if (desk) this.composer.disable("Choose a conversation from the queue.");
    this.log.unsent([...this.connection.pending.values()]);
    this.connection.start();
  }

  private end(): void {
    this.connection?.stop();
    this.connection = null;
  }

  private draw(view: HTMLElement): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.replaceChildren(h("style", {}, `${look}\n${css}`), view);
    this.widget?.fit();
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.end();
      this.queue?.stop();
    });
  }

  /** Sends a message as if the person had typed it. */
  say(text: string): void {
    this.connection?.send({ text });
  }

  /** Puts the focus where one writes and counts everything as read. */
  show(): void {
    if (!this.connection) return this.widget?.focus();
    this.composer.focus();
    this.log.toEnd();
    this.seen();
  }

  private uses(): Uses {
    return {
      acts: this.getAttribute("mode") !== "desk", host: this, local: this.local,
      cardScript: this.getAttribute("card-script") ?? "", publishableKey: this.getAttribute("publishable-key") ?? "",
      cardApi: this.getAttribute("card-api") ?? "",
      say: (text) => this.connection?.send({ text }),
      use: (button) => this.connection?.send({ button }),
      confirm: async (seq, token) => (await this.connection?.act("confirm", { message_seq: seq, token })) ?? null,
      decline: async (seq) => (await this.connection?.act("decline", { message_seq: seq })) ?? null,
      ...(this.getAttribute("mode") === "widget" ? { clear: clearOf } : {}),
    };
  }

  private listener(): Listener {
    return {
      welcomed: (w) => this.welcomed(w),
      opened: (o) => this.opened(o),
      messages: (m) => this.arrived(m),
      conversation: (c) => this.is(c),
      pending: () => this.log.unsent([...(this.connection?.pending.values() ?? [])]),
      typing: (who, on) => this.typing(who, on),
      read: (who, seq) => { if ((who.kind === "staff") !== (this.queue !== null)) this.log.readUpTo(seq); },
      changed: (topics) => this.emit("parley:changed", { topics }),
      queueChanged: () => void this.loadQueue(),
      link: (state, message) => this.link(state, message),
      refused: (message) => this.tell(message),
    };
  }

  private welcomed(welcome: Welcome): void {
    this.who = welcome.who;
    this.hours = welcome.people_hours;
    this.ahead = Date.parse(welcome.now) - Date.now();
    this.log.me = welcome.who;
    this.log.business = welcome.business;
    this.local.locale = welcome.locale;
    this.local.timeZone = welcome.time_zone;
    this.drawHeader();
    void this.loadQueue();
  }

  private opened(opened: Opened): void {
    this.log.clear(opened.earlier, opened.greeting);
    if (opened.conversation) this.is(opened.conversation);
    else this.drawHeader();
    this.log.draw();
    this.log.toEnd();
  }

  private arrived(messages: ChatMessage[]): void {
    this.log.add(messages);
    const others = messages.filter((m) => m.author.kind !== (this.queue ? "staff" : "customer"));
    const news = others.filter((m) => m.author.kind !== "system" && m.seq > this.counted);
    this.counted = Math.max(this.counted, ...messages.map((m) => m.seq));
    if (others.length) this.log.typing(null);
    if (this.visible()) this.seen();
    else if (news.length) this.emit("parley:unread", { count: (this.unread += news.length) });
  }

  private seen(): void {
    if (this.now && this.log.lastSeq) this.connection?.read(this.log.lastSeq);
    if (this.unread) this.emit("parley:unread", { count: (this.unread = 0) });
  }

  private visible(): boolean {
    return this.widget ? this.widget.visible : document.visibilityState === "visible" && this.offsetParent !== null;
  }

  private is(conversation: Conversation): void {
    const first = this.now === null;
    const moved = this.now?.number !== conversation.number;
    this.now = conversation;
    // What arrived before its conversation was told is known already, and is not counted as new again.
    if (moved) this.counted = Math.max(first ? this.counted : 0, this.queue ? conversation.read_by_staff : conversation.read_by_customer);
    this.log.readUpTo(this.queue ? conversation.read_by_customer : conversation.read_by_staff);
    if (moved) this.emit("parley:conversation", { number: conversation.number, account: conversation.account, customer: conversation.customer.name });
    if (this.queue) {
      const mine = conversation.owner?.id === this.who?.id;
      this.composer.disable(mine ? null : conversation.owner ? `${conversation.owner.name} answers this conversation.` : "Take the conversation to answer it.");
      this.composer.placeholder(`Reply to ${conversation.customer.name.split(" ")[0]}`);
    }
    this.drawHeader();
  }

  private typing(who: Person, on: boolean): void {
    window.clearTimeout(this.quiet);
    this.log.typing(on ? who : null);
    if (on) this.quiet = window.setTimeout(() => this.log.typing(null), who.kind === "bot" ? 20_000 : 7000);
  }

  private async earlier(): Promise<void> {
    const page = await this.connection?.history(this.log.first());
    if (page) this.log.prepend(page.messages, page.earlier);
  }

  private async choose(number: string): Promise<void> {
    await this.connection?.open(number);
    await this.loadQueue();
    this.reading(true);
    this.composer.focus();
  }

  /** On a phone the queue and the conversation take turns; the page beside it then has no customer to show. */
  private reading(on: boolean): void {
    this.shadowRoot?.querySelector(".desk")?.classList.toggle("reading", on);
    const now = on ? this.now : null;
    this.emit("parley:conversation", { number: now?.number ?? "", account: now?.account ?? "", customer: now?.customer.name ?? "" });
  }

  private async loadQueue(): Promise<void> {
    if (!this.queue) return;
    const state = await this.connection?.queue();
    if (state) this.queue.show(state.rows, state.open, state.late, this.connection?.number ?? null);
  }

  private link(state: Link, message?: string): void {
    if (state === "online") {
      this.composer.renew();
      return this.tell("");
    }
    if (state === "signed_out" && this.widget) return this.widget.leave(message ?? "");
    if (state === "signed_out") {
      this.tell(message ?? "You are signed out. Sign in to go on.");
      this.composer.disable("What you wrote is kept until you sign in again.");
      return;
    }
    window.setTimeout(() => { if (this.banner.hidden && !this.connection?.online) this.tell("No connection. What you write is sent as soon as it is back."); }, 1500);
  }

  private tell(text: string): void {
    this.banner.hidden = !text;
    this.banner.textContent = text;
  }

  private drawHeader(): void {
    const face = (name: string) => h("span", { class: "ava" }, initials(name));
    const title = (name: string, line: string) => h("div", { class: "grow" }, h("div", { class: "b tr title", dir: "auto" }, name), h("div", { class: "xs sub tr" }, line));
    if (this.queue) return this.header.replaceChildren(...this.deskHeader(title));
    const owner = this.now?.owner;
    const line = owner ? `${this.log.business}, with the assistant`
      : this.now?.status === "waiting" ? `A person was asked for${this.now.wait_minutes ? `, about ${this.now.wait_minutes} minutes` : ""}`
      : this.widget ? this.widget.line
      : this.hours ? `Automatic. A person can join, ${this.hours}` : "Automatic";
    if (this.widget) return this.widget.drawHeader(this.header, owner ? owner.name : this.widget.business, line, "Sign out");
    this.header.replaceChildren(
      owner ? face(owner.name) : h("span", { class: "ava bot co" }, icon("bot")),
      title(owner ? owner.name : `${this.log.business} assistant`.trim(), line),
      h("button", { class: "btn icon small wide-only", type: "button", "aria-label": "Widen the chat", onclick: () => this.emit("parley:widen", {}) }, icon("maximize-2")),
      h("button", { class: "btn icon small", type: "button", "aria-label": "Close chat", onclick: () => this.emit("parley:close", {}) }, icon("x", 20)));
  }

  private deskHeader(title: (name: string, line: string) => HTMLElement): Node[] {
    const now = this.now;
    if (!now) return [title("No conversation open", "Choose one from the queue")];
    const mine = now.owner !== null && now.owner.id === this.who?.id;
    const button = (label: string, event: "take" | "hand_back" | "resolve", kind = "second") =>
      h("button", { class: `btn ${kind} small`, type: "button", onclick: async () => this.tell((await this.connection?.act(event)) ?? "") }, label);
    const words = { bot: "The assistant answers", waiting: "Waits for a person", with_person: now.owner ? `${mine ? "You answer" : `${now.owner.name} answers`}` : "", resolved: "Closed" };
    return [
      h("button", { class: "btn icon small back", type: "button", "aria-label": "Back to the queue", onclick: () => this.reading(false) }, icon("chevron-right")),
      title(now.customer.name, `${now.account} · ${words[now.status]}${now.rating ? ` · rated ${now.rating} of 5` : ""}`),
      ...(mine ? [button("Hand back", "hand_back"), button("Close", "resolve")] : now.status === "resolved" ? [] : [button("Take", "take", "primary")]),
    ];
  }

  private emit(name: string, detail: object): void {
    if (this.widget) return this.widget.heard(name, detail);
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
