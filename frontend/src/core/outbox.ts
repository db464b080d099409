/**
 * The person's own lines until the room shows them. Every line has a key of its own, so that sending it again can never
 * say it twice. Without I/O.
 */
import type { Reply } from "../protocol/chat";

export interface OwnLine {
  readonly key: string;
  readonly text: string;
  readonly replyTo: Reply | null;
  readonly state: "sending" | "failed";
  /** Why it failed, for people. */
  readonly why: string;
  readonly sinceMs: number;
}

/** A line that takes longer is shown as on its way; sooner, it would only flicker. */
export const SLOW_MS = 400;
/** Failed lines that are kept; the oldest are forgotten. */
const KEPT = 10;

export type Outbox = readonly OwnLine[];

export function sending(outbox: Outbox, line: Pick<OwnLine, "key" | "text" | "replyTo">, nowMs: number): Outbox {
  const others = outbox.filter(({ key }) => key !== line.key);
  return [...others, { ...line, state: "sending" as const, why: "", sinceMs: nowMs }].slice(-KEPT);
}

/** The room has it, or the person gave it up. */
export function settled(outbox: Outbox, key: string): Outbox {
  return outbox.filter((line) => line.key !== key);
}

export function failed(outbox: Outbox, key: string, why: string): Outbox {
  return outbox.map((line) => (line.key === key ? { ...line, state: "failed" as const, why } : line));
}

/** What is worth showing now. */
export function shown(outbox: Outbox, nowMs: number): Outbox {
  return outbox.filter(({ state, sinceMs }) => state === "failed" || nowMs - sinceMs >= SLOW_MS);
}
