import { beforeEach, describe, expect, it } from "vitest";
import type { ClientCommand } from "../protocol/events";
import { EventCommands } from "./event-commands";
import { EventQuestions } from "./event-questions";

describe("EventCommands", () => {
  let sent: ClientCommand[];
  let answered: [number, string][];
  let questions: EventQuestions;
  let commands: EventCommands;
  beforeEach(() => {
    sent = [];
    answered = [];
    questions = new EventQuestions((command) => sent.push(command));
    commands = new EventCommands(questions, (effect) => effect.kind === "answered" && answered.push([effect.ticket, effect.outcome.kind]));
  });
  const add = (ticket: number, room = "stage", again = true, nowMs = 0) => commands.add(ticket, { type: "say", room }, again, true, nowMs);

  it("sends what waits for a room, once and in order", () => {
    add(1);
    add(2, "hall");
    add(3);
    commands.send("stage", 0);
    commands.send("stage", 0);
    expect(sent.map(({ id }) => id)).toEqual([1, 2]);
    expect(sent.every((command) => "room" in command && command.room === "stage")).toBe(true);
  });

  it("sends again under a new number what may be sent again, and loses the rest", () => {
    add(1);
    add(2, "stage", false);
    commands.send("stage", 0);
    questions.clear();
    commands.broken();
    commands.send("stage", 0);
    expect(answered).toEqual([[2, "lost"]]);
    expect(sent.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it("settles each once", () => {
    add(1);
    commands.settle(1, { kind: "done", result: undefined });
    commands.settle(1, { kind: "lost" });
    commands.lose();
    expect(answered).toEqual([[1, "done"]]);
  });

  it("does not wait for the answer to one that was given up", () => {
    add(1);
    commands.send("stage", 0);
    commands.expire(30_000);
    expect(answered).toEqual([[1, "lost"]]);
    expect(questions.oldestAtMs).toBeNull();
  });

  it("takes no more than a hundred", () => {
    for (let ticket = 1; ticket <= 101; ticket += 1) add(ticket);
    expect(answered).toEqual([[101, "lost"]]);
  });
});
