import { expect, it } from "vitest";
import { deviceWords, momentWords } from "./account-words";

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iOS"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"],
  ["curl/8.5.0", "curl/8.5.0"],
  ["", "Unknown device"],
])("tells a device by its browser: %s", (agent, words) => {
  expect(deviceWords(agent)).toBe(words);
});

it("survives a time that is none", () => {
  expect(momentWords("soon")).toBe("");
});
