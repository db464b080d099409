import { expect, it } from "vitest";
import { nameComplaint, tidyName } from "./channel-names";

it.each([
  ["", ""],
  ["my-band", ""],
  ["-band", "dash"],
  ["band-", "dash"],
  ["bänd", "“ä”"],
  ["my band", "spaces"],
  ["a".repeat(33), "33"],
])("says what is wrong with %j", (name, words) => {
  const complaint = nameComplaint(name);
  if (words === "") expect(complaint).toBe("");
  else expect(complaint).toContain(words);
});

it("puts capitals and spaces right", () => {
  expect(tidyName("My  Band_2")).toBe("my-band-2");
});
