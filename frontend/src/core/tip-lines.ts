/** Tips among the lines of a chat, in the order of time. Without I/O. */
import type { Message } from "../protocol/chat";
import type { PendingTip, Tip } from "../protocol/tips";
import type { TipsState } from "./tips";

type Rows = Pick<TipsState, "recent" | "pending">;

/** A row of the chat that is a tip. */
export interface TipLine {
  /** Of the row; no line of the chat has one like it. */
  readonly id: string;
  readonly tip: Tip | PendingTip;
}

export type ChatLine = Message | TipLine;

export function isTipLine(line: ChatLine): line is TipLine {
  return "tip" in line;
}

/** Without those of people whom somebody does not want to see. */
export function withoutPeople(tips: Rows, people: readonly string[] = []): Rows {
  if (people.length === 0) return tips;
  const stays = ({ from }: Tip | PendingTip) => from.user === null || !people.includes(from.user);
  return { recent: tips.recent.filter(stays), pending: tips.pending.filter(stays) };
}

interface Around {
  /** There are no older lines than those here: tips from before them belong to the beginning. */
  readonly complete: boolean;
  /** The newest lines are not here: tips from after the last one would be out of place. */
  readonly cut: boolean;
}

export function withTips(messages: readonly Message[], tips: Rows, { complete, cut }: Around): readonly ChatLine[] {
  if (tips.recent.length === 0 && tips.pending.length === 0) return messages;
  const first = messages[0]?.at_ms ?? 0;
  const last = messages.at(-1)?.at_ms ?? 0;
  const rows = rowsOf(tips).filter(({ tip }) => (complete || tip.at_ms >= first) && (!cut || tip.at_ms <= last));
  const lines: ChatLine[] = [];
  let next = 0;
  for (const message of messages) {
    while (next < rows.length && (rows[next] as TipLine).tip.at_ms < message.at_ms) lines.push(rows[next++] as TipLine);
    lines.push(message);
  }
  return lines.concat(rows.slice(next));
}

/** By time; what is not in a block yet is a row of its own kind, and becomes another when it is. */
function rowsOf({ recent, pending }: Rows): readonly TipLine[] {
  const rows = recent.map((tip): TipLine => ({ id: `tip:${tip.id}`, tip }));
  if (pending.length === 0) return rows;
  return rows.concat(pending.map((tip) => ({ id: `tip:${tip.transaction}`, tip }))).sort((a, b) => a.tip.at_ms - b.tip.at_ms);
}
