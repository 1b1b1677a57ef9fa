// The widget: our page in a frame on another site. A visitor first, the account's chat once somebody has signed in.
//
// The visit's token lies in a cookie that no script reads and that browsers keep for frames on this one site. Until the
// frame is gone it is in memory too, for browsers that know no such cookies; nothing else ever has it.
import type { Uses } from "./blocks";
import { h } from "./dom";
import { Frame, sizeFor } from "./frame";
import { Guest } from "./guest";
import { icon } from "./icons";
import { forget } from "./kept";
import { post, SignInWindow } from "./window";

export interface WidgetUses {
  show(view: HTMLElement): void;
  begin(visit: string): void;
  end(): void;
  shown(focus: boolean): void;
}

const KEEP = "parley-chat-customer";
const LOGO = '<svg viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="5" fill="var(--text)"/><path d="M6 18V10.5L12 6l6 4.5V18h-4v-5h-4v5z" fill="var(--sheet)"/></svg>';

export class Widget {
  readonly business: string;
  readonly line: string;
  private site: string;
  private frame: Frame;
  private signIn: SignInWindow;
  private guest: Guest | null = null;
  private guestHeader = h("header");
  private title = h("div", { class: "b tr title", dir: "auto" });
  private under = h("div", { class: "xs sub tr" });
  private visit: string | null = null;
  private wide: boolean;

  constructor(private host: HTMLElement, private blocks: Uses, private uses: WidgetUses) {
    const said = (name: string) => host.getAttribute(name) ?? "";
    this.business = said("business");
    this.line = host.hasAttribute("person") ? `Assistant now. People ${said("hours")}` : "Assistant";
    this.site = said("site");
    this.wide = new URLSearchParams(location.search).get("wide") === "1";
    this.frame = new Frame(this.site, (focus, wide) => {
      if (wide !== this.wide) this.fit(wide);
      uses.shown(focus);
    });
    this.signIn = new SignInWindow(this.site);
    document.addEventListener("visibilitychange", () => { if (this.frame.visible) uses.shown(false); });
    document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !e.defaultPrevented) this.frame.tell("close"); });
  }

  get visible(): boolean {
    return this.frame.visible;
  }

  async start(): Promise<void> {
    if (this.visit === null && (await post("/embed/resume", { site: this.site })).body.signed_in === true) this.enter("");
    else this.welcome("");
    this.frame.tell("ready");
  }

  /** Takes the sizes of a wide screen or of a phone, whichever the site's page is on. */
  fit(wide = this.wide): void {
    this.wide = wide;
    sizeFor(wide, document.styleSheets, this.host.shadowRoot?.styleSheets ?? []);
  }

  /** What the element would tell a page of the portal. */
  heard(name: string, detail: object): void {
    if (name === "parley:close") this.frame.tell("close");
    if (name === "parley:unread") this.frame.tell("unread", (detail as { count: number }).count);
  }

  /** The session has ended, here or in the portal: back to a visitor, with the sentence. */
  leave(message: string): void {
    this.uses.end();
    this.visit = null;
    this.frame.tell("unread", 0);
    this.welcome(message);
  }

  focus(): void {
    this.guest?.composer.focus();
  }

  /** The head of the panel: the business, a line under it, the way in or out, and close. Buttons stay the same ones, so
   * that a press is not lost when the words above them change. */
  drawHeader(header: HTMLElement, name: string, line: string, way: "Sign in" | "Sign out" | ""): void {
    this.title.textContent = name;
    this.under.textContent = line;
    if (header.dataset.way === way) return;
    header.dataset.way = way;
    const logo = h("span", { class: "logo" });
    logo.innerHTML = LOGO;
    header.replaceChildren(logo, h("div", { class: "grow" }, this.title, this.under),
      ...(way === "Sign in" ? [h("button", { class: "btn second small", type: "button", onclick: () => void this.guest?.enter() }, way)] : []),
      ...(way === "Sign out" ? [h("button", { class: "btn icon small", type: "button", "aria-label": way, title: way, onclick: () => void this.signOut() }, icon("log-out"))] : []),
      h("button", { class: "btn icon small", type: "button", "aria-label": "Close", onclick: () => this.frame.tell("close") }, icon("x", 20)));
  }

  private enter(visit: string): void {
    this.visit = visit;
    this.guest = null;
    this.uses.begin(visit);
    if (this.frame.visible) this.uses.shown(true);
  }

  private welcome(notice: string): void {
    this.guest = new Guest({
      business: this.business, portal: this.host.getAttribute("portal") ?? "", site: this.site, person: this.host.hasAttribute("person"),
      uses: this.blocks, signIn: this.signIn, notice, entered: (token) => this.enter(token), redraw: () => this.drawGuestHeader(),
    }, KEEP);
    this.guestHeader = h("header");
    this.drawGuestHeader();
    this.uses.show(h("div", { class: "pane" }, h("section", { class: "chat", "aria-label": "Chat" }, this.guestHeader, this.guest.log, this.guest.composer.root)));
    if (this.frame.visible) this.focus();
  }

  private drawGuestHeader(): void {
    this.drawHeader(this.guestHeader, this.business, this.line, this.guest?.folded ? "Sign in" : "");
  }

  private async signOut(): Promise<void> {
    const visit = this.visit;
    if (visit === null) return;
    this.uses.end();
    const answer = await post("/embed/sign-out", { site: this.site, token: visit });
    for (const name of [KEEP, `${KEEP}-draft`, `${KEEP}-who`]) forget(name);
    this.leave(answer.ok ? "You are signed out, here and in the portal." : "This chat has forgotten you, but the portal can't be reached just now. Sign out there too.");
  }
}
