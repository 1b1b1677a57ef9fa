// What this tab keeps over a reload. In a frame on another site browsers may forbid that: then it is kept in memory, so
// that at least signing in again loses nothing.
const memory = new Map<string, string>();

export function recall(name: string): string | null {
  try { return sessionStorage.getItem(name); } catch { return memory.get(name) ?? null; }
}

export function remember(name: string, value: string): void {
  try { sessionStorage.setItem(name, value); } catch { memory.set(name, value); }
}

export function forget(name: string): void {
  memory.delete(name);
  try { sessionStorage.removeItem(name); } catch { /* it was in memory */ }
}
