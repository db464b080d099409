import { beforeEach, describe, expect, it } from "vitest";
import { EventConnection } from "./event-connection";
import type { EventsEffect } from "./event-types";

describe("EventConnection", () => {
  let effects: EventsEffect[];
  let connection: EventConnection;
  beforeEach(() => {
    effects = [];
    connection = new EventConnection(
      () => 0,
      (effect) => effects.push(effect),
    );
  });

  it("numbers its attempts, and gives up one that is not welcomed", () => {
    connection.connect(0);
    expect(effects).toEqual([{ kind: "connect", attempt: 1 }]);
    expect(connection.due(null, 14_999)).toBeNull();
    expect(connection.due(null, 15_000)).toBe("retry");
  });

  it("lets go of its socket once, however it ends", () => {
    connection.connect(0);
    connection.retry(10);
    connection.refuse(4503);
    connection.rest();
    expect(effects.filter(({ kind }) => kind === "disconnect")).toEqual([{ kind: "disconnect", attempt: 1 }]);
  });

  it("takes silence for a reason to ask, and an unanswered question for the end", () => {
    connection.connect(0);
    connection.welcomed(0);
    connection.heard(1000);
    expect(connection.due(null, 45_999)).toBeNull();
    expect(connection.due(null, 46_000)).toBe("probe");
    expect(connection.due(40_000, 49_999)).toBeNull();
    expect(connection.due(40_000, 50_000)).toBe("retry");
  });

  it("counts failures until it is welcomed, and tells a code only while it stays away for it", () => {
    connection.connect(0);
    connection.retry(0);
    connection.connect(500);
    connection.refuse(4502);
    expect(connection.view).toEqual({ state: "refused", failures: 2, code: 4502 });
    connection.connect(600);
    connection.welcomed(700);
    expect(connection.view).toEqual({ state: "up", failures: 0, code: null });
  });
});
