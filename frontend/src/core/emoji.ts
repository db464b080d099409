/** Searching emoji, and shortcodes such as ":clap:". */
import { matching } from "./completion";
import { EMOJI_GROUPS, type Emoji } from "./emoji-table";

const ALL: readonly Emoji[] = EMOJI_GROUPS.flatMap(({ emoji }) => emoji);
const BY_NAME: ReadonlyMap<string, string> = new Map(ALL.map(({ name, sign }) => [name, sign]));
const NAMES: ReadonlyMap<string, string> = new Map(ALL.map(({ name, sign }) => [sign, name]));

/** What one reacts with most; the picker has the rest. */
export const QUICK_REACTIONS = ["👏", "❤️", "🔥", "😂", "🤘", "🥹"] as const;

export function findEmoji(query: string, limit: number): readonly Emoji[] {
  return matching(ALL, query.toLowerCase(), ({ words }) => words, limit);
}

/** "clap" for 👏; the sign itself when it has no name here. */
export function emojiName(sign: string): string {
  return NAMES.get(sign)?.replaceAll("_", " ") ?? sign;
}

/** Known shortcodes become their emoji; others stay as they are. */
export function withEmoji(text: string): string {
  return text.replace(/:([a-z0-9_+-]{1,32}):/gi, (whole, name: string) => BY_NAME.get(name.toLowerCase()) ?? whole);
}
