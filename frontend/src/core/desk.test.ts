import { expect, it } from "vitest";
import type { Message } from "../protocol/chat";
import type { DeskEvent, LogEntry, Restriction } from "../protocol/moderation";
import { applyDeskEvent, type DeskState, inForce, logWords, NO_DESK, restrictionWords } from "./desk";

const NINA = { id: "u1", name: "Nina" };
const BOB = { id: "u2", name: "Bob" };
const message = (id: string) => ({ id, text: id, at_ms: 0, author: null, mentions: [] }) as unknown as Message;
const entry = (id: string, at_ms: number, more: Partial<LogEntry> = {}): LogEntry => ({
  id,
  at_ms,
  by: NINA,
  action: "timeout",
  user: BOB,
  duration_s: 600,
  reason: "",
  message: null,
  details: "",
  ...more,
});
const restriction = (id: string, until_ms: number | null): Restriction => ({
  id,
  user: BOB,
  network: null,
  shut_out: false,
  kind: "timeout",
  until_ms,
  by: NINA,
  reason: "",
  at_ms: 0,
});
const after = (...events: DeskEvent[]): DeskState => events.reduce(applyDeskEvent, NO_DESK);

it("keeps held messages in their order until somebody decides", () => {
  const held = (id: string): DeskEvent => ({ type: "held", message: message(id), reason: "link" });
  const state = after(held("b"), held("a"), held("b"), { type: "decided", id: "a", approved: true, by: NINA });
  expect(state.held.map((each) => each.message.id)).toEqual(["b"]);
});

it("lays restrictions and lifts them, each once, however often it hears of it", () => {
  const laid: DeskEvent = { type: "acted", entry: entry("e1", 1), restriction: restriction("r1", 100), lifted: [] };
  expect(after(laid, laid).restrictions.length).toBe(1);
  expect(after(laid, laid).log.length).toBe(1);
  const lifted: DeskEvent = { type: "acted", entry: entry("e2", 2, { action: "unban", duration_s: null }), restriction: null, lifted: ["r1"] };
  const state = after(laid, lifted);
  expect(state.restrictions).toEqual([]);
  expect(state.log.map(({ id }) => id)).toEqual(["e2", "e1"]);
});

it("shows only restrictions that still hold", () => {
  expect(inForce([restriction("r1", 100), restriction("r2", null), restriction("r3", 200)], 150).map(({ id }) => id)).toEqual(["r2", "r3"]);
  expect(restrictionWords(restriction("r1", 60_000), 0)).toBe("Timed out, 60 seconds left");
});

it("says what was done in a sentence", () => {
  expect(logWords(entry("e", 0))).toBe("Nina timed out Bob for 10 minutes");
  expect(logWords(entry("e", 0, { action: "clear", user: null, duration_s: null }))).toBe("Nina cleared the messages of everyone");
  expect(logWords(entry("e", 0, { action: "settings", user: null, duration_s: null }))).toBe("Nina changed the settings");
});
