// The chat on another site before anybody has signed in: how things work, and the way in.
import { render, type Uses } from "./blocks";
import { Composer } from "./composer";
import { h } from "./dom";
import { clock } from "./format";
import { icon } from "./icons";
import type { Block } from "./protocol";
import { post, type SignInWindow } from "./window";

export interface GuestSays {
  business: string;
  portal: string;
  site: string;
  person: boolean;
  uses: Uses;
  signIn: SignInWindow;
  /** Why somebody who was signed in is no longer. */
  notice: string;
  entered(token: string): void;
  redraw(): void;
}

const OFTEN: [string, string, string][] = [
  ["receipt-text", "Where do I find my invoice?", "invoices.list"],
  ["refresh-cw", "How does switching a plan work?", "subscriptions.switch_plan"],
  ["headset", "Talk to a person", "support.talk_to_person"],
];

export class Guest {
  readonly log: HTMLElement;
  readonly composer: Composer;
  /** Whether the card with the way in is folded away, so that the header has to offer it. */
  folded = false;
  private card: HTMLElement;
  private often: HTMLElement;
  private list: HTMLElement;
  private problem = h("p", { class: "errt", role: "alert", hidden: true });
  private button: HTMLButtonElement;

  constructor(private say: GuestSays, keep: string) {
    this.button = h("button", { class: "btn primary", type: "button", onclick: () => void this.enter() }, "Sign in");
    this.card = h("div", { class: "prop plain sign-in" }, h("div", { class: "in" },
      h("div", { class: "b" }, "Sign in to see your account"),
      h("p", { class: "sm sub" }, `A window on ${say.portal} opens. This site cannot read what you see here.`),
      h("div", { class: "row" }, this.button, h("button", { class: "btn quiet", type: "button", onclick: () => this.fold() }, "Continue without")),
      this.problem));
    this.often = h("div", { class: "often" }, h("div", { class: "sm sub" }, "Often asked"), ...OFTEN.filter(([, , action]) => say.person || action !== "support.talk_to_person").map(([name, words, action]) =>
      h("button", { class: "go", type: "button", onclick: () => void this.ask(words, action) }, icon(name), h("span", { class: "grow" }, words), icon("chevron-right"))));
    const hello = `Hello. I can answer questions about ${say.business} services and bills. For your own account I need to know who you are.`;
    this.list = h("div", { class: "list first", role: "log", "aria-label": "Messages", "aria-live": "polite" }, this.bot(h("p", {}, say.notice || hello)), this.card, this.often);
    this.log = h("div", { class: "log", tabIndex: 0 }, this.list);
    this.composer = new Composer({ send: (words) => void this.ask(words), typing: () => undefined, commands: async () => [] }, false, `${keep}-draft`, "Please leave out passwords and card numbers.");
    this.composer.placeholder("Write a message");
  }

  async enter(): Promise<void> {
    this.tell("");
    this.button.setAttribute("aria-busy", "true");
    const entered = await this.say.signIn.enter();
    this.button.removeAttribute("aria-busy");
    if ("token" in entered) return this.say.entered(entered.token);
    if (this.folded && entered.problem) this.unfold();
    this.tell(entered.problem);
  }

  private tell(problem: string): void {
    this.problem.hidden = !problem;
    this.problem.textContent = problem;
  }

  private fold(): void {
    this.folded = true;
    this.card.hidden = true;
    this.say.redraw();
    this.composer.focus();
  }

  private unfold(): void {
    this.folded = false;
    this.card.hidden = false;
    this.list.append(this.card);
    this.say.redraw();
    this.toEnd();
  }

  private async ask(words: string, action = ""): Promise<void> {
    this.often.remove();
    const own = h("div", { class: "msg me unsent", "aria-busy": "true" }, h("p", { dir: "auto", class: "said" }, words));
    const typing = h("div", { class: "typing" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), "The assistant is working on it");
    this.list.append(own, typing);
    this.toEnd();
    const answer = await post("/embed/ask", { site: this.say.site, text: words, action });
    typing.remove();
    own.setAttribute("aria-busy", "false");
    if (answer.ok) {
      own.classList.remove("unsent");
      const parts = (answer.body.blocks as Block[]).map((block) => render(block, 0, this.say.uses, true)).filter((n): n is HTMLElement => n !== null);
      this.list.append(this.bot(...parts));
    } else {
      own.append(h("div", { class: "errt" }, icon("circle-alert"), h("span", {}, `${answer.message} `,
        h("button", { class: "link", type: "button", onclick: () => { own.remove(); void this.ask(words, action); } }, "Try again"))));
    }
    if (!this.folded) this.list.append(this.card);
    this.toEnd();
  }

  private bot(...parts: HTMLElement[]): HTMLElement {
    const local = { locale: navigator.language || "en-GB", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    return h("div", { class: "msg" }, h("div", { class: "who" }, h("span", { class: "ava bot co tiny" }, icon("bot", 12)),
      h("b", {}, `${this.say.business} assistant`), h("span", {}, clock(new Date().toISOString(), local))), ...parts);
  }

  private toEnd(): void {
    this.log.scrollTop = this.log.scrollHeight;
  }
}
