import { expect, it } from "vitest";
import { passwordHint } from "./password";

it.each([
  ["", "empty"],
  ["short", "weak"],
  ["aaaaaaaaaaaaaaaa", "weak"],
  ["abcdefghijkl", "weak"],
  ["password1234", "weak"],
  ["i love harmonie", "weak"],
  ["miles-and-more-things", "weak"],
  ["tr4in-sky9x", "fair"],
  ["velvet trombone under rain", "good"],
])("judges %j as %s", (password, grade) => {
  expect(passwordHint(password, "miles@example.org").grade).toBe(grade);
});

it("counts what is missing", () => {
  expect(passwordHint("12345678", "").words).toBe("2 more characters.");
  expect(passwordHint("123456789", "").words).toBe("1 more character.");
});
