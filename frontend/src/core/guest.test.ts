import { describe, expect, it } from "vitest";
import { readGuest } from "./guest";

const guest = { name: "Ella", token: "t", expiresAtMs: 1000 };

describe("a remembered guest", () => {
  it("is who they were until it ends", () => {
    expect(readGuest(JSON.stringify(guest), 999)).toEqual(guest);
    expect(readGuest(JSON.stringify(guest), 1000)).toBeNull();
  });

  it.each([null, "", "{", "3", "null", '{"name":"Ella"}', '{"name":"","token":"t","expiresAtMs":5000}'])("is nobody when storage holds something else: %s", (stored) => {
    expect(readGuest(stored, 0)).toBeNull();
  });
});
