// Signing in from a frame on another site: a window of our own origin, and a code that only this frame can use.

const POLL_MS = 400;

function text(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export type Entered = { token: string } | { problem: string };
interface Secret { verifier: string; challenge: string }

export class SignInWindow {
  private secret: Secret | null = null;
  private opened: Window | null = null;
  private ended: (() => void) | null = null;

  constructor(private site: string) {
    void this.prepare();
  }

  /** Opens the window; to be called in a click. Gives the chat's token, or a sentence why there is none. */
  async enter(): Promise<Entered> {
    if (this.opened && !this.opened.closed) {
      this.opened.focus();
      return { problem: "" };
    }
    if (!this.secret) return { problem: "This browser can't sign in here. Use the portal itself." };
    const { verifier, challenge } = this.secret;
    const size = `popup,width=480,height=640,left=${Math.max(0, screenX + (outerWidth - 480) / 2)},top=${Math.max(0, screenY + 80)}`;
    this.opened = window.open(`/embed/sign-in?${new URLSearchParams({ site: this.site, challenge })}`, "_blank", size);
    if (!this.opened) return { problem: "The browser kept the sign-in window closed. Allow windows for this site, then press Sign in again." };
    const code = await this.code(this.opened);
    this.opened = null;
    await this.prepare();
    if (!code) return { problem: "The sign-in window was closed. Nothing was shared." };
    const answer = await post("/embed/token", { site: this.site, code, verifier });
    return answer.ok && typeof answer.body.token === "string" ? { token: answer.body.token } : { problem: answer.message };
  }

  private async prepare(): Promise<void> {
    this.secret = null;
    const verifier = text(crypto.getRandomValues(new Uint8Array(32)));
    const hashed = await crypto.subtle?.digest("SHA-256", new TextEncoder().encode(verifier));
    if (hashed) this.secret = { verifier, challenge: text(hashed) };
  }

  /** The code that our own window brings, and no other window and no other origin; null when it is closed without. */
  private code(opened: Window): Promise<string | null> {
    this.ended?.();
    return new Promise((resolve) => {
      const heard = (e: MessageEvent<unknown>) => {
        if (e.source !== opened || e.origin !== location.origin) return;
        const said = e.data as { parley?: unknown; code?: unknown } | null;
        if (said?.parley === "handover" && typeof said.code === "string") end(said.code);
      };
      // A closed window's last message may still be on its way when it is seen to be closed: one more round.
      let closed = 0;
      const timer = window.setInterval(() => { if (opened.closed && ++closed > 1) end(null); }, POLL_MS);
      const end = (code: string | null) => {
        window.clearInterval(timer);
        window.removeEventListener("message", heard);
        this.ended = null;
        resolve(code);
      };
      this.ended = () => end(null);
      window.addEventListener("message", heard);
    });
  }
}

export interface Answered { ok: boolean; body: Record<string, unknown>; message: string }

/** Asks our own server; never throws. `message` is the sentence of a refusal. */
export async function post(path: string, body: object): Promise<Answered> {
  try {
    const answer = await fetch(path, {
      method: "POST", credentials: "same-origin", headers: { "content-type": "application/json", accept: "application/json" }, body: JSON.stringify(body),
    });
    const said = (await answer.json()) as Record<string, unknown> & { error?: { message?: string } };
    return { ok: answer.ok, body: said, message: said.error?.message ?? "" };
  } catch {
    return { ok: false, body: {}, message: "The portal can't be reached just now. Nothing was sent. Try again in a moment." };
  }
}
