// What a business puts on its own site: <script src="https://portal.example/embed.js" async></script>
//
// data-theme="light" (the default), "dark" or "auto". It draws a bubble and, when that is pressed, a frame with a page of
// the portal; what is said in there neither this script nor the site can read. It leaves the site's own page as it is.
import messageCircle from "lucide-static/icons/message-circle.svg";
import x from "lucide-static/icons/x.svg";
import tokens from "../../../../assets/tokens.css";
import { h } from "../dom";
import css from "./embed.css";

const SLOW_MS = 10_000;
const KEEP = "parley-chat";
const THEMES = ["light", "dark", "auto"];
const FONT = "/fonts/ibm-plex-sans-latin-wght-normal.woff2";

const script = (document.currentScript ?? document.querySelector("script[src$='/embed.js']")) as HTMLScriptElement | null;

function drawing(svg: string): Element {
  const holder = document.createElement("template");
  holder.innerHTML = svg;
  const found = holder.content.querySelector("svg")!;
  found.setAttribute("aria-hidden", "true");
  return found;
}

type About = { business: string } | { refused: string } | null;

class Bubble {
  private root = h("parley-bubble" as "div");
  private business = "";
  private count = h("span", { class: "count", hidden: true, "aria-hidden": "true" });
  private words = h("span", {}, "Chat");
  private button = h("button", { class: "bubble", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => this.open(true) });
  private panel = h("div", { class: "panel", role: "dialog", "aria-label": "Chat", tabIndex: -1, hidden: true });
  private state = h("div", { class: "state", hidden: true });
  private frame: HTMLIFrameElement | null = null;
  private ready = false;
  private shown = false;
  private slow: number | undefined;
  private wide = matchMedia("(min-width:768px)");

  constructor(private portal: string, private theme: string) {
    const shadow = this.root.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`${tokens.replace(/@font-face\{[^}]*\}/g, "").replace(/:root\{/g, ":host{")}\n${css}`);
    shadow.adoptedStyleSheets = [sheet];
    this.root.className = theme;
    this.button.append(drawing(messageCircle), this.words, this.count);
    this.panel.append(this.state);
    shadow.append(this.button, this.panel);
    this.panel.addEventListener("keydown", (e) => { if (e.key === "Escape") this.close(); });
    this.wide.addEventListener("change", () => this.tell(false));
    window.addEventListener("message", (e: MessageEvent<unknown>) => this.heard(e));
  }

  async begin(): Promise<void> {
    document.fonts.add(new FontFace("Parley Plex", `url(${this.portal}${FONT})`, { weight: "100 700", display: "swap" }));
    const about = await this.about();
    document.body.append(this.root);
    if (about && "refused" in about) return console.warn(`Parley: ${about.refused}`);
    const before = this.kept();
    if (before === "open" && this.wide.matches) this.open(false);
    else if (before) this.load();
  }

  /** What the portal says of this site; null when it can't be reached. */
  private async about(): Promise<About> {
    try {
      const answer = await fetch(`${this.portal}/embed/site`, { credentials: "omit" });
      const said = (await answer.json()) as { business?: string; error?: { message?: string } };
      if (!answer.ok || !said.business) {
        this.say("The chat is not open here", said.error?.message ?? "", false);
        return { refused: said.error?.message ?? "" };
      }
      this.business = said.business;
      this.words.textContent = `Ask ${said.business}`;
      this.panel.setAttribute("aria-label", `Ask ${said.business}`);
      return { business: said.business };
    } catch {
      this.say("The chat can't be reached just now", "Nothing was sent. Try again in a moment, or use the portal itself.", true);
      return null;
    }
  }

  private open(focus: boolean): void {
    this.shown = true;
    this.panel.hidden = false;
    this.button.hidden = true;
    this.button.setAttribute("aria-expanded", "true");
    if (this.business) {
      this.load();
      this.remember("open");
    }
    this.tell(focus);
    if (focus) (this.state.hidden && this.frame ? this.frame : this.panel).focus({ preventScroll: true });
  }

  private close(): void {
    this.shown = false;
    this.panel.hidden = true;
    this.button.hidden = false;
    this.button.setAttribute("aria-expanded", "false");
    if (this.frame) this.remember("used");
    this.tell(false);
    this.button.focus({ preventScroll: true });
  }

  private load(): void {
    if (this.frame) return;
    const query = new URLSearchParams({ site: location.origin, theme: this.theme, wide: this.wide.matches ? "1" : "0" });
    const frame = h("iframe", { title: `Chat with ${this.business}`, src: `${this.portal}/embed/chat?${query}`, referrerPolicy: "no-referrer" });
    // It may open windows and talk to its own server; it may not take this page elsewhere.
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox");
    this.frame = frame;
    this.ready = false;
    this.panel.prepend(frame);
    window.clearTimeout(this.slow);
    this.slow = window.setTimeout(() => void this.late(), SLOW_MS);
  }

  /** The frame has said nothing: the site may have left the list, or the portal may be gone. */
  private async late(): Promise<void> {
    if (this.ready) return;
    const about = await this.about();
    if (this.ready || (about && "refused" in about)) return;
    this.say("The chat can't be reached just now", "Nothing was sent. Try again in a moment, or use the portal itself.", true);
  }

  private async again(): Promise<void> {
    this.frame?.remove();
    this.frame = null;
    const about = await this.about();
    if (!about || "refused" in about) return;
    this.state.hidden = true;
    this.load();
    this.frame!.focus({ preventScroll: true });
  }

  private say(head: string, sentence: string, again: boolean): void {
    this.state.hidden = false;
    this.state.replaceChildren(
      h("header", {}, h("span", {}, this.business || "Chat"), this.closer()),
      h("div", { class: "in", role: "alert" }, h("div", { class: "head" }, head), h("p", {}, sentence),
        again ? h("button", { class: "again", type: "button", onclick: () => void this.again() }, "Try again") : null,
        h("p", {}, h("a", { href: this.portal, target: "_blank", rel: "noopener" }, `Open ${new URL(this.portal).host}`))));
  }

  private closer(): HTMLElement {
    const button = h("button", { class: "close", type: "button", "aria-label": "Close", onclick: () => this.close() });
    button.append(drawing(x));
    return button;
  }

  private heard(e: MessageEvent<unknown>): void {
    if (!this.frame || e.source !== this.frame.contentWindow || e.origin !== this.portal || typeof e.data !== "object" || e.data === null) return;
    const { parley, count } = e.data as { parley?: unknown; count?: unknown };
    if (parley === "ready") {
      this.ready = true;
      window.clearTimeout(this.slow);
      this.state.hidden = true;
      this.tell(this.shown && document.activeElement === this.root);
    } else if (parley === "close") this.close();
    else if (parley === "unread") this.unread(typeof count === "number" ? count : 0);
  }

  private unread(count: number): void {
    const shown = Math.max(0, Math.min(99, Math.trunc(count) || 0));
    this.count.hidden = shown === 0;
    this.count.textContent = String(shown);
    if (shown) this.button.setAttribute("aria-label", `${this.words.textContent}, ${shown} new ${shown === 1 ? "message" : "messages"}`);
    else this.button.removeAttribute("aria-label");
  }

  private tell(focus: boolean): void {
    if (this.ready) this.frame?.contentWindow?.postMessage({ parley: "shown", shown: this.shown, focus, wide: this.wide.matches }, this.portal);
  }

  private remember(how: "open" | "used"): void {
    try { sessionStorage.setItem(KEEP, how); } catch { /* then it begins closed on the next page */ }
  }

  private kept(): string | null {
    try { return sessionStorage.getItem(KEEP); } catch { return null; }
  }
}

function start(): void {
  if (!script || document.querySelector("parley-bubble")) return;
  const theme = script.dataset.theme ?? "";
  void new Bubble(new URL(script.src).origin, THEMES.includes(theme) ? theme : "light").begin();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
