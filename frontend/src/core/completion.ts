/** Completing what stands before the caret: a name after "@", an emoji after ":", a command after "/". Without I/O. */

export interface Token {
  readonly kind: "mention" | "emoji" | "command";
  /** Where it begins in the text, its mark included. */
  readonly from: number;
  readonly to: number;
  readonly query: string;
}

export interface Completed {
  readonly text: string;
  readonly caret: number;
}

/** What is being typed at the caret, if it is something to complete. */
export function tokenAt(text: string, caret: number): Token | null {
  const before = text.slice(0, caret);
  const command = /^\/([a-z]*)$/i.exec(before);
  if (command !== null) return { kind: "command", from: 0, to: caret, query: (command[1] as string).toLowerCase() };
  const mention = /(?:^|[\s(])@([\p{L}\p{N}_.-]{0,32})$/u.exec(before);
  if (mention !== null) return token("mention", caret, mention[1] as string);
  const emoji = /(?:^|\s):([a-z0-9_+-]{2,32})$/i.exec(before);
  if (emoji !== null) return token("emoji", caret, emoji[1] as string);
  return null;
}

function token(kind: Token["kind"], caret: number, query: string): Token {
  return { kind, from: caret - query.length - 1, to: caret, query: query.toLowerCase() };
}

/** The text with the token replaced, and a space behind it. */
export function complete(text: string, { from, to }: Token, replacement: string): Completed {
  const rest = text.slice(to);
  const gap = rest.startsWith(" ") ? "" : " ";
  return { text: text.slice(0, from) + replacement + gap + rest, caret: from + replacement.length + 1 };
}

/** Put something in at the caret, with a space around it where a word would be touched. */
export function insert(text: string, caret: number, what: string): Completed {
  const before = text.slice(0, caret);
  const gap = before === "" || /\s$/.test(before) ? "" : " ";
  return { text: `${before}${gap}${what} ${text.slice(caret).replace(/^ /, "")}`, caret: caret + gap.length + what.length + 1 };
}

/** Those that begin with the query first, then those with a word that does, then those that contain it; in their order. */
export function matching<T>(all: readonly T[], query: string, wordsOf: (one: T) => string, limit: number): readonly T[] {
  const ranked: T[][] = [[], [], []];
  for (const one of all) {
    const words = wordsOf(one).toLowerCase();
    const at = words.indexOf(query);
    if (at === 0) ranked[0]?.push(one);
    else if (at > 0) ranked[/[\s_-]/.test(words[at - 1] ?? "") ? 1 : 2]?.push(one);
    if ((ranked[0]?.length ?? 0) >= limit) break;
  }
  return ranked.flat().slice(0, limit);
}
