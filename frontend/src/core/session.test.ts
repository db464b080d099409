import { expect, it } from "vitest";
import type { SessionToken, User } from "../protocol/account-types";
import { linkToken, nextPath, RENEW_BEFORE_MS, SessionCore, signInPath } from "./session";

const USER: User = {
  id: "u1",
  email: "miles@example.org",
  email_verified: true,
  display_name: "Miles",
  role: "user",
  created_at: "2026-07-01T20:30:00.000Z",
  suspended_at: null,
};
const TOKEN: SessionToken = { access_token: "t1", expires_in_s: 600, session_id: "s1", user: USER };

it("asks for a token first when the browser was signed in before", () => {
  expect(new SessionCore(true).tokenAt(0)).toBe("stale");
  expect(new SessionCore(false).tokenAt(0)).toBeNull();
});

it("gives the token until shortly before its end", () => {
  const session = new SessionCore(false);
  session.signedIn(TOKEN, 1_000);
  expect(session.tokenAt(1_000)).toBe("t1");
  expect(session.tokenAt(1_000 + 600_000 - RENEW_BEFORE_MS - 1)).toBe("t1");
  expect(session.tokenAt(1_000 + 600_000 - RENEW_BEFORE_MS)).toBe("stale");
});

it("forgets the token with the session, and says who ended it", () => {
  const session = new SessionCore(false);
  session.signedIn(TOKEN, 0);
  session.signedOut(true);
  expect(session.tokenAt(0)).toBeNull();
  expect(session.view).toEqual({ state: "out", ended: true });
  session.signedOut(true);
  expect(session.view).toEqual({ state: "out", ended: false });
});

it("takes changes of its own person only", () => {
  const session = new SessionCore(false);
  session.signedIn(TOKEN, 0);
  session.userChanged({ ...USER, display_name: "Miles D." });
  session.userChanged({ ...USER, id: "u2", display_name: "Other" });
  expect(session.view).toMatchObject({ user: { display_name: "Miles D." } });
});

it.each([
  ["?next=%2Fsettings%2Fsecurity", "/settings/security"],
  ["", "/"],
  ["?next=https%3A%2F%2Fevil.example", "/"],
  ["?next=%2F%2Fevil.example", "/"],
  ["?next=%2F%5Cevil.example", "/"],
  ["?next=%2Fa%5Cb", "/"],
  ["?next=%2F%09%2Fevil.example", "/"],
])("goes on to a page of this site only: %s", (search, path) => {
  expect(nextPath(search)).toBe(path);
});

it("carries a path through signing in", () => {
  expect(nextPath(new URL(signInPath("/studio?channel=a"), "http://stage.example").search)).toBe("/studio?channel=a");
  expect(signInPath("/")).toBe("/signin");
});

it("reads the token behind the '#'", () => {
  expect(linkToken("#token=abc-_1")).toBe("abc-_1");
  expect(linkToken("")).toBe("");
});
