/** What there is to do with a line and with whoever wrote it, for this person. */
import { partsOf } from "../../core/chat-text";
import { reacts } from "../../core/chat-words";
import type { Author, Message, You } from "../../protocol/chat";
import type { MenuItem } from "../menu";
import type { Decision } from "./restrict-dialogs";

export interface LineDeeds {
  reply(message: Message): void;
  react(message: Message): void;
  mention(name: string): void;
  ignore(author: Author, on: boolean): void;
  tell(words: string): void;
  act(type: string, fields: Readonly<Record<string, unknown>>, again?: boolean): void;
  decide(decision: Decision): void;
}

export interface LineFacts {
  readonly message: Message;
  readonly you: You;
  /** The person's own id, null for those who are nobody. */
  readonly me: string | null;
  readonly pinned: boolean;
}

/** Nobody acts on the owner or an admin; the server says the last word. */
const UNTOUCHABLE = new Set(["owner", "admin"]);

export function lineMenu({ message, you, me, pinned }: LineFacts, deeds: LineDeeds): readonly (readonly MenuItem[])[] {
  const { author } = message;
  const own = author !== null && author.id === me;
  const { say, moderate } = you.may;
  const groups: MenuItem[][] = [[], [], [], []];
  const [lineItems, personItems, lineModeration, personModeration] = groups as [MenuItem[], MenuItem[], MenuItem[], MenuItem[]];
  if (say) lineItems.push({ label: "Reply", onSelect: () => deeds.reply(message) });
  if (reacts(you)) lineItems.push({ label: "React…", onSelect: () => deeds.react(message) });
  lineItems.push({ label: "Copy", onSelect: () => void copy(message.text, deeds) });
  for (const part of partsOf(message.text, [])) {
    if (part.kind === "link") lineItems.push({ label: `Open ${shortened(part.text)}`, onSelect: () => window.open(part.href, "_blank", "noopener,noreferrer") });
  }
  if (author !== null && !own) {
    const ignored = you.ignored.includes(author.id);
    if (say) personItems.push({ label: `Mention ${author.name}`, onSelect: () => deeds.mention(author.name) });
    if (me !== null && you.role !== "guest") personItems.push({ label: `${ignored ? "Stop ignoring" : "Ignore"} ${author.name}`, onSelect: () => deeds.ignore(author, !ignored) });
  }
  if (moderate) lineModeration.push({ label: pinned ? "Unpin" : "Pin", onSelect: () => deeds.act("pin", { message: pinned ? null : message.id }) });
  const governs = you.role === "owner" || you.role === "admin";
  const spared = !governs && author !== null && author.badges.some((badge) => UNTOUCHABLE.has(badge));
  if (own || (moderate && !spared)) lineModeration.push({ label: "Delete", danger: true, onSelect: () => deeds.act("delete", { message: message.id }) });
  if (moderate && author !== null && !own) personModeration.push(...personMenu(author, deeds));
  return groups;
}

/** What a moderator can do with a person. */
export function personMenu(author: Pick<Author, "id" | "name" | "badges">, deeds: Pick<LineDeeds, "act" | "decide">): MenuItem[] {
  const { id, name } = author;
  const items: MenuItem[] = [{ label: `Note on ${name}…`, onSelect: () => deeds.decide({ kind: "note", person: author }) }];
  if (author.badges.some((badge) => UNTOUCHABLE.has(badge))) return items;
  return [
    ...items,
    { label: `Clear messages of ${name}`, danger: true, onSelect: () => deeds.act("clear", { user: id }) },
    { label: "Time out for 10 minutes", danger: true, onSelect: () => deeds.act("time_out", { user: id, duration_s: 600 }) },
    { label: "Time out…", danger: true, onSelect: () => deeds.decide({ kind: "time_out", person: author }) },
    { label: `Ban ${name}…`, danger: true, onSelect: () => deeds.decide({ kind: "ban", person: author }) },
    { label: "Let back in", onSelect: () => deeds.act("unban", { user: id }) },
  ];
}

async function copy(text: string, deeds: Pick<LineDeeds, "tell">): Promise<void> {
  try {
    // Not there on pages without HTTPS.
    await navigator.clipboard.writeText(text);
    deeds.tell("Copied.");
  } catch {
    deeds.tell("The browser does not let this page copy.");
  }
}

function shortened(address: string): string {
  return address.length > 40 ? `${address.slice(0, 38)}…` : address;
}
