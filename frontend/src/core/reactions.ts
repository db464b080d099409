/**
 * With what the person reacted: what the server says of it, and over that what they did since. Without I/O.
 *
 * What they did counts until the server says the same; from then on the server's word does, also when another tab changes it.
 */

/** Emoji by the line's id, as `you` has it. */
export type Reacted = Readonly<Record<string, readonly string[]>>;

/** By line and emoji: whether it is on. The oldest are forgotten. */
export type Done = ReadonlyMap<string, { readonly id: string; readonly emoji: string; readonly on: boolean }>;

export const DONE_MAX = 300;
/** Stands in no emoji. */
const BETWEEN = " ";

export function react(done: Done, id: string, emoji: string, on: boolean): Done {
  const after = new Map(done);
  after.delete(key(id, emoji));
  after.set(key(id, emoji), { id, emoji, on });
  for (const oldest of after.keys()) {
    if (after.size <= DONE_MAX) break;
    after.delete(oldest);
  }
  return after;
}

/** Without what the server has taken in. */
export function unsettled(done: Done, reacted: Reacted): Done {
  const left = [...done].filter(([, { id, emoji, on }]) => (reacted[id] ?? []).includes(emoji) !== on);
  return left.length === done.size ? done : new Map(left);
}

/** The emoji of one line as one text, so that a line is drawn again only when they change; `has` reads it. */
export function mineOf(id: string, reacted: Reacted, done: Done): string {
  const mine = new Set(reacted[id] ?? []);
  for (const each of done.values()) {
    if (each.id !== id) continue;
    if (each.on) mine.add(each.emoji);
    else mine.delete(each.emoji);
  }
  return [...mine].join(BETWEEN);
}

export function has(mine: string, emoji: string): boolean {
  return mine.split(BETWEEN).includes(emoji);
}

function key(id: string, emoji: string): string {
  return id + BETWEEN + emoji;
}
