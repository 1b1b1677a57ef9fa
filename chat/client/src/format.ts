// Money and moments as this person reads them.

export interface Local { locale: string; timeZone: string }

const digits = new Map<string, number>();

function decimals(currency: string): number {
  let found = digits.get(currency);
  if (found === undefined) {
    found = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
    digits.set(currency, found);
  }
  return found;
}

/** Minor units as an amount with a true minus sign: −€40.00. */
export function money(amount: number, currency: string, local: Local): string {
  const places = decimals(currency);
  const text = new Intl.NumberFormat(tag(local), { style: "currency", currency, currencyDisplay: "narrowSymbol" })
    .format(Math.abs(amount) / 10 ** places);
  return amount < 0 ? `\u2212${text}` : text;
}

export function clock(at: string, local: Local): string {
  return new Date(at).toLocaleTimeString(tag(local), { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: local.timeZone });
}

export function day(at: string, local: Local, options: Intl.DateTimeFormatOptions = { day: "numeric", month: "long" }): string {
  return new Date(at).toLocaleDateString(tag(local), { ...options, timeZone: local.timeZone });
}

export function dueDay(date: string, local: Local): string {
  return new Date(`${date}T12:00:00Z`).toLocaleDateString(tag(local), { day: "numeric", month: "short", timeZone: "UTC" });
}

/** The two letters that stand for a person. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? "") + (words.length > 1 ? words[words.length - 1]![0] : "")).toUpperCase();
}

function tag(local: Local): string {
  return local.locale.replace("_", "-");
}
