/**
 * A line's text in parts: words, links, mentions, emoji. Nothing here makes markup; the page shows every part as text.
 *
 * Only http and https addresses become links, and only as they are written, so that a link says where it leads.
 */

import { withEmoji } from "./emoji";

export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string }
  | { readonly kind: "mention"; readonly text: string; readonly user: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/giu;
/** Marks at the end of an address that belong to the sentence around it. */
const TRAILING = /[.,:;!?…]+$/u;

export function partsOf(text: string, mentions: readonly { readonly id: string; readonly name: string }[]): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const shown = addressOf(found[0]);
    const href = safeHref(shown);
    if (href === null) continue;
    parts.push(...mentionParts(text.slice(at, found.index), mentions));
    parts.push({ kind: "link", text: shown, href });
    at = found.index + shown.length;
  }
  parts.push(...mentionParts(text.slice(at), mentions));
  return parts;
}

/** The normal form of an http or https address without credentials; null for anything else. */
export function safeHref(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const plain = (url.protocol === "https:" || url.protocol === "http:") && url.username === "" && url.password === "";
  return plain && url.hostname.includes(".") ? url.href : null;
}

/** Whether the text is nothing but a few emoji, which are then shown large. */
export function isOnlyEmoji(text: string): boolean {
  return text.length <= 40 && /^(?:[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u200d\ufe0f\u20e3\s])+$/u.test(text) && /\S/u.test(text);
}

/** Characters that change the direction or the look of what stands around them. */
const UNRULY = /[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** A line as it may be sent: one line, no unruly characters. */
export function tidied(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").replace(UNRULY, "").trim();
}

function addressOf(found: string): string {
  let address = found.replace(TRAILING, "");
  // "(see https://a.example)": a bracket that was opened outside closes outside.
  while (/[)\]]$/.test(address) && !isBalanced(address)) address = address.slice(0, -1).replace(TRAILING, "");
  return address;
}

function isBalanced(address: string): boolean {
  const count = (mark: string) => address.split(mark).length;
  return count("(") >= count(")") && count("[") >= count("]");
}

function mentionParts(text: string, mentions: readonly { readonly id: string; readonly name: string }[]): Part[] {
  const named = mentions.filter(({ name }) => name !== "");
  if (text === "") return [];
  if (named.length === 0 || !text.includes("@")) return [words(text)];
  const byName = new Map(named.map(({ id, name }) => [name.toLowerCase(), id]));
  // The longest first: "@Miles Davis" is not "@Miles" with a word behind it.
  const names = [...byName.keys()].sort((a, b) => b.length - a.length).map(escaped);
  const pattern = new RegExp(`@(${names.join("|")})(?![\\p{L}\\p{N}_])`, "giu");
  const parts: Part[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    const user = byName.get((found[1] as string).toLowerCase());
    if (user === undefined) continue;
    if (found.index > at) parts.push(words(text.slice(at, found.index)));
    parts.push({ kind: "mention", text: found[0], user });
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push(words(text.slice(at)));
  return parts;
}

function words(text: string): Part {
  return { kind: "text", text: withEmoji(text) };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
