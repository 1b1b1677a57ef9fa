// Where a person writes: grows with the text, Enter sends, / opens the commands.
import { completed, matching } from "./commands";
import { h } from "./dom";
import { icon } from "./icons";
import { recall, remember } from "./kept";
import type { Command } from "./protocol";

const LONGEST = 4000;

export interface ComposerEvents {
  send(text: string, note: boolean): void;
  typing(on: boolean): void;
  commands(): Promise<Command[] | null>;
}

export class Composer {
  readonly root: HTMLElement;
  private area: HTMLTextAreaElement;
  private menu: HTMLElement;
  private foot: HTMLElement;
  private send: HTMLButtonElement;
  /** Read out once when a message grows too long, and again when somebody tries to send it; the count is only shown. */
  private refusal = h("span", { role: "alert" });
  private count = h("span", { class: "nw" });
  private problem = h("div", { class: "errt over", hidden: true }, icon("circle-alert"), h("span", {}, this.refusal, " ", this.count));
  private note: HTMLInputElement | null = null;
  private commands: Command[] | null = null;
  private asked: Promise<Command[] | null> | null = null;
  private shown: Command[] = [];
  private asks = "";
  private at = 0;
  private typedAt = 0;
  private quiet: number | undefined;

  constructor(
    private events: ComposerEvents, private desk: boolean, private keep: string,
    private usual = "Answers come from your account. Changes always ask you first.",
  ) {
    this.area = h("textarea", {
      rows: 1, class: "write", "aria-label": desk ? "Write a reply" : "Write a message", placeholder: desk ? "Write a reply" : "Write a message, or / for commands",
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "commands",
      oninput: () => this.typed(), onkeydown: (e: Event) => this.key(e as KeyboardEvent), onblur: () => this.stopTyping(),
    });
    this.menu = h("div", { class: "menu", id: "commands", role: "listbox", "aria-label": "Commands", hidden: true });
    this.send = h("button", { class: "btn primary icon small", type: "button", "aria-label": "Send", onclick: () => this.submit() }, icon("arrow-up"));
    if (desk) this.note = h("input", { type: "checkbox", class: "cb", onchange: () => this.noting() });
    const note = this.note ? h("label", { class: "row sm nw" }, this.note, icon("lock"), "Note for staff") : null;
    this.foot = h("div", { class: "foot", "aria-live": "polite" }, desk ? "" : this.usual);
    this.root = h("div", { class: "cmp" }, this.menu, h("div", { class: "box" }, h("div", { class: "row" }, this.area, note, this.send)), this.problem, this.foot);
    this.asks = this.area.placeholder;
    this.area.value = recall(this.keep) ?? "";
    this.measure();
    queueMicrotask(() => this.fit());
  }

  /** The connection stands, or stands again: what may be asked for is looked up anew when somebody types a slash. */
  renew(): void {
    this.commands = this.asked = null;
    if (this.area.value.startsWith("/")) this.suggest();
  }

  focus(): void {
    this.area.focus();
  }

  /** Says why writing makes no sense now, or (with null) that it does. */
  disable(reason: string | null): void {
    this.area.disabled = reason !== null;
    if (this.note) this.note.disabled = this.area.disabled;
    this.root.classList.toggle("off", this.area.disabled);
    this.measure();
    this.foot.textContent = reason ?? (this.desk ? "" : this.usual);
  }

  placeholder(text: string): void {
    this.asks = text;
    this.noting();
  }

  /** A note for staff looks like one before it is sent. */
  private noting(): void {
    const on = this.note?.checked ?? false;
    this.root.classList.toggle("noting", on);
    this.area.placeholder = on ? "A note only staff sees" : this.asks;
  }

  private typed(): void {
    this.fit();
    this.remember();
    this.suggest();
    const left = LONGEST - this.measure();
    this.foot.textContent = left >= 0 && left < 200 ? `${left} characters left.` : this.desk ? "" : this.usual;
    if (!this.area.value.trim() || this.note?.checked) return this.stopTyping();
    if (Date.now() - this.typedAt > 3000) {
      this.typedAt = Date.now();
      this.events.typing(true);
    }
    window.clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => this.stopTyping(), 5000);
  }

  /** How many characters would be sent. Too many are said before anybody tries, and the button is off. */
  private measure(): number {
    const length = this.area.value.trim().length;
    const over = length > LONGEST;
    const said = over ? `This is too long to send: a message holds ${LONGEST.toLocaleString("en")} characters. Send it in parts.` : "";
    this.problem.hidden = !over;
    this.foot.hidden = over && !this.area.disabled;
    if (this.refusal.textContent !== said) this.refusal.textContent = said;
    this.count.textContent = over ? `${(length - LONGEST).toLocaleString("en")} too many.` : "";
    this.root.classList.toggle("over", over);
    this.area.setAttribute("aria-invalid", String(over));
    this.send.disabled = over || this.area.disabled;
    return length;
  }

  private stopTyping(): void {
    window.clearTimeout(this.quiet);
    if (this.typedAt) this.events.typing(false);
    this.typedAt = 0;
  }

  private submit(): void {
    const text = this.area.value.trim();
    if (text.length > LONGEST) {
      this.refusal.textContent = ""; // so that the same words are read out again
      requestAnimationFrame(() => this.measure());
    }
    if (!text || text.length > LONGEST || this.area.disabled) return;
    this.stopTyping();
    this.area.value = "";
    this.measure();
    this.remember();
    this.fit();
    this.suggest();
    this.events.send(text, this.note?.checked ?? false);
  }

  private key(e: KeyboardEvent): void {
    if (!this.menu.hidden) {
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        this.at = (this.at + (e.key === "ArrowDown" ? 1 : this.shown.length - 1)) % this.shown.length;
        return this.draw();
      }
      const command = e.key === "Tab" ? this.shown[this.at] : e.key === "Enter" ? completed(this.shown, this.at, this.area.value) : null;
      if (command) {
        e.preventDefault();
        return this.choose(command);
      }
      if (e.key === "Escape") {
        e.preventDefault();
        e.stopPropagation();
        return this.hide();
      }
    }
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      this.submit();
    }
  }

  private async load(): Promise<void> {
    if (this.asked) return;
    const asked = (this.asked = this.events.commands());
    const found = await asked;
    if (this.asked !== asked) return; // the connection is another by now
    this.asked = null;
    this.commands = found;
    if (found) this.suggest();
  }

  private suggest(): void {
    if (this.commands === null && this.area.value.startsWith("/")) void this.load();
    this.shown = matching(this.commands ?? [], this.area.value);
    this.at = 0;
    if (this.shown.length) this.draw();
    else this.hide();
  }

  private choose(command: Command): void {
    this.area.value = `${command.slash}${command.fields.length ? " " : ""}`;
    const hints = command.fields.map((f) => (f.required ? f.label.toLowerCase() : `${f.label.toLowerCase()} (if you like)`)).join(", ");
    this.foot.textContent = hints ? `${command.slash}: ${hints}` : command.help;
    this.hide();
    this.fit();
    this.focus();
  }

  private draw(): void {
    this.menu.replaceChildren(
      h("div", { class: "mh" }, "Commands", h("span", { class: "keys" }, "↑ ↓ choose · Enter use · Esc close")),
      ...this.shown.map((command, at) =>
        h("div", { class: `mi${at === this.at ? " on" : ""}`, role: "option", id: `command-${at}`, "aria-selected": String(at === this.at), onmousedown: (e: Event) => { e.preventDefault(); this.choose(command); } },
          icon(command.icon), h("b", {}, command.slash), h("span", {}, command.title))));
    this.menu.hidden = false;
    this.area.setAttribute("aria-expanded", "true");
    this.area.setAttribute("aria-activedescendant", `command-${this.at}`);
    this.menu.querySelector(".on")?.scrollIntoView({ block: "nearest" });
  }

  private hide(): void {
    this.menu.hidden = true;
    this.area.setAttribute("aria-expanded", "false");
    this.area.removeAttribute("aria-activedescendant");
  }

  private fit(): void {
    this.area.style.height = "auto";
    this.area.style.height = `${Math.min(this.area.scrollHeight, 160)}px`;
  }

  private remember(): void {
    remember(this.keep, this.area.value);
  }
}
