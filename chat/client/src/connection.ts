// One connection to the server: hello first, every message once and in order, catch-up after each gap.
import { io, type Socket } from "socket.io-client";
import { uid } from "./dom";
import { recall, remember } from "./kept";
import type {
  Ack, ButtonUse, CaughtUp, ChatMessage, Command, CommandList, Conversation, Done, HistoryPage, Opened, Person, QueueState, Refusal, Welcome,
} from "./protocol";

export interface Pending { client_id: string; text: string | null; button: ButtonUse | null; note: boolean; at: string; refused?: string }
export type Link = "connecting" | "online" | "offline" | "signed_out";

export interface Listener {
  welcomed(welcome: Welcome): void;
  opened(opened: Opened): void;
  messages(messages: ChatMessage[]): void;
  conversation(conversation: Conversation): void;
  pending(): void;
  typing(who: Person, on: boolean): void;
  read(who: Person, seq: number): void;
  changed(topics: string[]): void;
  queueChanged(open: number, late: number): void;
  link(state: Link, message?: string): void;
  refused(message: string): void;
}

const ANSWER_MS = 15_000;
const IDLE_CHECK_MS = 60_000;
type Answer<T> = T | Refusal;

export class Connection {
  readonly pending = new Map<string, Pending>();
  number: string | null = null;
  private socket: Socket;
  private synced = 0;
  private ready = false;

  private timer: number | undefined;

  /** `visit` is the token of a chat on another site, empty for the one in its cookie; null: the session's cookie says who it is. */
  constructor(origin: string, private listener: Listener, private desk: boolean, private keep: string, visit: string | null = null) {
    this.restore();
    this.socket = io(origin || location.origin, {
      path: "/chat/socket.io", withCredentials: true, transports: ["websocket"], autoConnect: false,
      ...(visit === null ? {} : { auth: { visit } }),
      reconnectionDelay: 300, reconnectionDelayMax: 4000, randomizationFactor: 0.4,
    });
    this.socket.on("connect", () => void this.greet());
    this.socket.on("disconnect", () => this.lost());
    this.socket.on("connect_error", () => this.listener.link("offline"));
    this.socket.on("message", (push: { message: ChatMessage }) => this.take([push.message]));
    this.socket.on("conversation", (push: { conversation: Conversation }) => {
      if (push.conversation.number === this.number) this.listener.conversation(push.conversation);
    });
    this.socket.on("typing", (push: { conversation: string; who: Person; on: boolean }) => {
      if (push.conversation === this.number) this.listener.typing(push.who, push.on);
    });
    this.socket.on("read", (push: { conversation: string; who: Person; seq: number }) => {
      if (push.conversation === this.number) this.listener.read(push.who, push.seq);
    });
    this.socket.on("queue_changed", (push: { open: number; late: number }) => this.listener.queueChanged(push.open, push.late));
    this.socket.on("changed", (push: { topics: string[] }) => {
      this.listener.changed(push.topics);
      if (push.topics.includes("preferences")) void this.greet(); // what may be asked for is another now
    });
    this.socket.on("error", (push: { message: string }) => this.listener.refused(push.message));
    this.socket.on("signed_out", (push: { message: string }) => this.listener.link("signed_out", push.message));
  }

  start(): void {
    this.socket.connect();
    this.timer = window.setInterval(() => void this.catchUp(), IDLE_CHECK_MS);
    document.addEventListener("visibilitychange", this.seen);
    window.addEventListener("online", this.seen);
  }

  stop(): void {
    window.clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
    window.removeEventListener("online", this.seen);
    this.socket.disconnect();
  }

  get online(): boolean {
    return this.ready;
  }

  /** Sends a message now, or as soon as there is a connection; it is shown at once either way. */
  send(what: { text?: string; button?: ButtonUse; note?: boolean }): void {
    const one: Pending = {
      client_id: uid(), text: what.text ?? null, button: what.button ?? null, note: what.note ?? false, at: new Date().toISOString(),
    };
    this.pending.set(one.client_id, one);
    this.store();
    this.listener.pending();
    if (this.ready) void this.deliver(one);
  }

  /** Tries a refused message again. */
  retry(client_id: string): void {
    const one = this.pending.get(client_id);
    if (!one) return;
    delete one.refused;
    this.listener.pending();
    if (this.ready) void this.deliver(one);
  }

  drop(client_id: string): void {
    this.pending.delete(client_id);
    this.store();
    this.listener.pending();
  }

  async open(number: string | null): Promise<void> {
    this.number = number;
    this.synced = 0;
    const answer = await this.ask<Opened>("open", { conversation: number });
    if (answer?.ok && this.number === number) this.adopt(answer);
  }

  async history(before: number): Promise<HistoryPage | null> {
    if (!this.number) return null;
    const answer = await this.ask<HistoryPage>("history", { conversation: this.number, before_seq: before });
    return answer?.ok ? answer : null;
  }

  /** Says yes or no to a proposal, or does one of the desk's things. Gives the refusal's sentence, if there is one. */
  async act(event: "confirm" | "decline" | "take" | "hand_back" | "resolve", fields: object = {}): Promise<string | null> {
    const answer = await this.ask<Done>(event, { conversation: this.number, ...fields });
    if (!answer) return "There is no connection. Nothing was done. Try again in a moment.";
    if (!answer.ok) return answer.error.message;
    this.listener.conversation(answer.conversation);
    return null;
  }

  /** What may be asked for with a slash; null while there is no connection. */
  async commands(): Promise<Command[] | null> {
    const answer = this.ready ? await this.ask<CommandList>("commands", {}) : null;
    return answer?.ok ? answer.commands : null;
  }

  async queue(): Promise<QueueState | null> {
    const answer = await this.ask<QueueState>("queue", {});
    return answer?.ok ? answer : null;
  }

  typing(on: boolean): void {
    if (this.ready && this.number) this.socket.emit("typing", { conversation: this.number, on }, () => undefined);
  }

  read(seq: number): void {
    if (this.ready && this.number) this.socket.emit("read", { conversation: this.number, seq }, () => undefined);
  }

  private seen = (): void => {
    if (document.visibilityState !== "visible") return;
    if (this.socket.connected) void this.catchUp();
    else this.socket.connect();
  };

  private async greet(): Promise<void> {
    const known = this.synced;
    const answer = await this.ask<Welcome>("hello", { version: 1, conversation: this.number, desk: this.desk });
    if (!answer) return void this.socket.disconnect().connect();
    if (!answer.ok) return this.listener.link("signed_out", answer.error.message);
    this.heed(answer.who);
    const same = answer.conversation?.number === this.number && known > 0;
    this.listener.welcomed(answer);
    if (same) this.take(answer.messages);
    else this.adopt(answer);
    this.ready = true;
    this.listener.link("online");
    if (same) await this.catchUp();
    for (const one of [...this.pending.values()]) if (!one.refused) void this.deliver(one);
  }

  private adopt(opened: Opened): void {
    this.number = opened.conversation?.number ?? null;
    this.synced = opened.last_seq;
    this.listener.opened(opened);
    this.take(opened.messages);
  }

  private async catchUp(): Promise<void> {
    if (!this.number || !this.socket.connected) return;
    for (let more = true; more; ) {
      const number: string = this.number;
      const answer = await this.ask<CaughtUp>("catch_up", { conversation: number, after_seq: this.synced });
      if (!answer?.ok || this.number !== number) return;
      this.synced = answer.last_seq;
      this.listener.conversation(answer.conversation);
      this.take(answer.messages);
      more = answer.more;
    }
  }

  private async deliver(one: Pending): Promise<void> {
    const event = one.note ? "note" : "send";
    const body = one.note
      ? { conversation: this.number, client_id: one.client_id, text: one.text }
      : { conversation: this.number, client_id: one.client_id, text: one.text, button: one.button };
    const answer = await this.ask<Ack>(event, body);
    if (!answer || !this.pending.has(one.client_id)) return;
    if (!answer.ok) {
      one.refused = answer.error.message;
      this.listener.pending();
    } else if (this.number !== answer.conversation) {
      await this.open(answer.conversation);
    }
  }

  private take(messages: ChatMessage[]): void {
    const ours = messages.filter((m) => m.conversation === this.number || this.pending.has(m.client_id));
    let mine = false;
    for (const message of ours) {
      this.number ??= message.conversation;
      mine = this.pending.delete(message.client_id) || mine;
    }
    if (mine) {
      this.store();
      this.listener.pending();
    }
    if (ours.length) this.listener.messages(ours.filter((m) => m.conversation === this.number));
  }

  private lost(): void {
    this.ready = false;
    this.listener.link("offline");
  }

  private async ask<T extends { ok: true }>(event: string, body: object): Promise<Answer<T> | null> {
    try {
      return (await this.socket.timeout(ANSWER_MS).emitWithAck(event, body)) as Answer<T>;
    } catch {
      return null;
    }
  }

  /** What somebody else left unsent in this tab is not sent in this person's name. */
  private heed(who: Person): void {
    const before = recall(`${this.keep}-who`);
    remember(`${this.keep}-who`, String(who.id));
    if (before === null || before === String(who.id)) return;
    this.pending.clear();
    this.store();
    this.listener.pending();
  }

  private store(): void {
    remember(this.keep, JSON.stringify([...this.pending.values()]));
  }

  private restore(): void {
    try {
      for (const one of JSON.parse(recall(this.keep) ?? "[]") as Pending[]) this.pending.set(one.client_id, one);
    } catch { /* not ours, or half written: begin afresh */ }
  }
}
