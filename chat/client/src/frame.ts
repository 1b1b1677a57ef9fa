// What passes between our page in a frame and the site around it: that it is ready, closed, how many messages are
// unread, and whether it is shown and how. Nothing of the chat, and what the site says moves nothing but focus and sizes.

export class Frame {
  shown = false;

  constructor(private site: string, private onShown: (focus: boolean, wide: boolean) => void) {
    window.addEventListener("message", (e: MessageEvent<unknown>) => {
      if (e.source !== window.parent || e.origin !== site || typeof e.data !== "object" || e.data === null) return;
      const said = e.data as { parley?: unknown; shown?: unknown; focus?: unknown; wide?: unknown };
      if (said.parley !== "shown") return;
      this.shown = said.shown === true;
      if (this.shown) this.onShown(said.focus === true, said.wide === true);
    });
  }

  get visible(): boolean {
    return this.shown && document.visibilityState === "visible";
  }

  tell(what: "ready" | "close" | "unread", count = 0): void {
    if (window.parent !== window) window.parent.postMessage({ parley: what, count }, this.site);
  }
}

const PHONE = "(max-width: 767px)";
const NEVER = "not all";

/** Lets a narrow frame on a wide screen look as on a wide screen: the styles for phones go by the frame's own width. */
export function sizeFor(wide: boolean, ...sheets: Iterable<CSSStyleSheet>[]): void {
  for (const sheet of sheets.flatMap((some) => [...some])) {
    for (const rule of sheet.cssRules) {
      if (rule instanceof CSSMediaRule && [PHONE, NEVER].includes(rule.media.mediaText)) rule.media.mediaText = wide ? NEVER : PHONE;
    }
  }
}

/** Watches whether anything of the site lies over `element`; the answer is yes only after it has been clear for a while.
 *
 * A site could put its own button over ours, or move ours under a click. Browsers that can't tell say it is clear. */
export function clearOf(element: HTMLElement): () => boolean {
  if (typeof IntersectionObserverEntry === "undefined" || !("isVisible" in IntersectionObserverEntry.prototype)) return () => true;
  let since: number | null = null;
  const options: IntersectionObserverInit & { trackVisibility: boolean; delay: number } = { threshold: [0, 0.5, 1], trackVisibility: true, delay: 100 };
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries as (IntersectionObserverEntry & { isVisible: boolean })[]) since = entry.isVisible ? (since ?? performance.now()) : null;
    if (!element.isConnected && since === null) observer.disconnect();
  }, options);
  observer.observe(element);
  return () => since !== null && performance.now() - since > CLEAR_MS;
}

const CLEAR_MS = 400;
