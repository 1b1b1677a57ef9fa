// Which commands a text may become, and what Enter does with it.
import type { Command } from "./protocol";

const MOST = 12;

/** The commands that begin as the text does, the one that it is in full first; none once more than a name is written. */
export function matching(commands: readonly Command[], text: string): Command[] {
  const word = /^\/[a-z-]*$/i.exec(text)?.[0].toLowerCase();
  if (word === undefined) return [];
  const found = commands.filter((command) => command.slash.startsWith(word));
  return [...found.filter((command) => command.slash === word), ...found.filter((command) => command.slash !== word)].slice(0, MOST);
}

/** The command that Enter completes the text to; null where the text is sent: it is a whole name, and no other was chosen. */
export function completed(shown: readonly Command[], at: number, text: string): Command | null {
  const command = shown[at];
  return command === undefined || command.slash === text.trim().toLowerCase() ? null : command;
}
