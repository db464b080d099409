import { expect, it } from "vitest";
import { complete, insert, matching, tokenAt } from "./completion";
import { EMOJI_GROUPS } from "./emoji-table";
import { findEmoji, withEmoji } from "./emoji";

it.each([
  ["hi @mi", 6, { kind: "mention", from: 3, to: 6, query: "mi" }],
  ["@", 1, { kind: "mention", from: 0, to: 1, query: "" }],
  ["mail@mi", 7, null],
  ["so :cla", 7, { kind: "emoji", from: 3, to: 7, query: "cla" }],
  ["at 10:30", 8, null],
  [":c", 2, null],
  ["/ti", 3, { kind: "command", from: 0, to: 3, query: "ti" }],
  ["and/or", 6, null],
  ["/timeout bob", 12, null],
  ["@mi there", 3, { kind: "mention", from: 0, to: 3, query: "mi" }],
])("finds what is being typed in “%s”", (text, caret, token) => {
  expect(tokenAt(text, caret)).toEqual(token);
});

it("replaces the token, and puts the caret behind it", () => {
  expect(complete("hi @mi there", { kind: "mention", from: 3, to: 6, query: "mi" }, "@Miles")).toEqual({ text: "hi @Miles there", caret: 10 });
  expect(complete("@mi", { kind: "mention", from: 0, to: 3, query: "mi" }, "@Miles")).toEqual({ text: "@Miles ", caret: 7 });
});

it("puts something in between words", () => {
  expect(insert("hithere", 2, "👏")).toEqual({ text: "hi 👏 there", caret: 6 });
  expect(insert("", 0, "👏")).toEqual({ text: "👏 ", caret: 3 });
});

it("puts first what begins with the query", () => {
  const words = ["tomato", "mat", "the mat", "format"];
  expect(matching(words, "mat", (word) => word, 10)).toEqual(["mat", "the mat", "tomato", "format"]);
});

it("finds emoji by name and by other words", () => {
  expect(findEmoji("clap", 1)[0]?.sign).toBe("👏");
  expect(findEmoji("bravo", 1)[0]?.sign).toBe("👏");
  expect(withEmoji("yes :clap::fire: :nope:")).toBe("yes 👏🔥 :nope:");
});

it("has each emoji and each name once", () => {
  const all = EMOJI_GROUPS.flatMap(({ emoji }) => emoji);
  expect(all.every(({ sign, name }) => sign !== "" && /^[a-z0-9_+-]+$/.test(name))).toBe(true);
  const doubles = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);
  expect(doubles(all.map(({ sign }) => sign))).toEqual([]);
  expect(doubles(all.map(({ name }) => name))).toEqual([]);
});
