import { beforeEach, describe, expect, it } from "vitest";
import type { Authenticated, ClientCommand } from "../protocol/events";
import { EventIdentity, UNKNOWN } from "./event-identity";
import { EventQuestions } from "./event-questions";
import type { EventsEffect } from "./event-types";

describe("EventIdentity", () => {
  let sent: ClientCommand[];
  let effects: EventsEffect[];
  let questions: EventQuestions;
  let identity: EventIdentity;
  beforeEach(() => {
    sent = [];
    effects = [];
    questions = new EventQuestions((command) => sent.push(command));
    identity = new EventIdentity(questions, (effect) => effects.push(effect));
  });

  const taken = (user: string | null, expiresInMs: number | null = null): Authenticated => {
    const id = sent.at(-1)?.id ?? 0;
    questions.answered(id);
    return { type: "authenticated", id, user: user === null ? null : { id: user, name: user }, expires_in_ms: expiresInMs };
  };

  it("joins at once where page and connection agree", () => {
    expect(identity.welcomed(null, 0)).toBe("all");
    identity.changed(UNKNOWN, false, 0);
    expect(identity.welcomed("u1", 0)).toBe("all");
    identity.changed("u1", true, 0);
    expect(sent).toEqual([]);
  });

  it("keeps rooms waiting for the token only for so long", () => {
    identity.changed("u1", false, 0);
    expect(identity.welcomed(null, 0)).toBe("none");
    expect(identity.pending).toBe(true);
    expect(identity.timer(3999)).toBe("none");
    expect(identity.timer(4000)).toBe("unjoined");
    expect(identity.pending).toBe(false);
  });

  it("waits for the answer to a token, and joins anew for the one it stands for", () => {
    identity.changed("u1", false, 0);
    identity.welcomed(null, 0);
    identity.token(1, "t1", 10);
    expect(identity.pending).toBe(true);
    expect(identity.authenticated(taken("u1", 60_000), 20)).toBe("all");
    expect(identity.deadlineMs).toBe(40_020);
    identity.timer(40_020);
    expect(effects.at(-1)).toEqual({ kind: "token", asked: 2, renew: false });
    identity.token(2, "t2", 40_030);
    expect(identity.authenticated(taken("u1", 60_000), 40_040)).toBe("unjoined");
  });

  it("is nobody again at once when the page signed out while the token was on its way", () => {
    identity.changed("u1", false, 0);
    identity.welcomed(null, 0);
    identity.token(1, "t1", 0);
    identity.changed(null, true, 5);
    expect(identity.authenticated(taken("u1"), 10)).toBe("none");
    expect(sent.at(-1)).not.toHaveProperty("token");
  });

  it("takes no token of an earlier connection", () => {
    identity.changed("u1", false, 0);
    identity.welcomed(null, 0);
    identity.lost();
    identity.token(1, "t1", 10);
    expect(sent).toEqual([]);
  });

  it("asks for another token once, not for ever", () => {
    identity.changed("u1", false, 0);
    identity.welcomed(null, 0);
    expect(identity.refused(10)).toBe("none");
    expect(effects.at(-1)).toEqual({ kind: "token", asked: 2, renew: true });
    expect(identity.refused(20)).toBe("unjoined");
  });
});
