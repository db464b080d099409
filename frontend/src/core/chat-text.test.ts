import { describe, expect, it } from "vitest";
import { isOnlyEmoji, partsOf, safeHref, tidied } from "./chat-text";

const MILES = { id: "u1", name: "Miles" };
const DAVIS = { id: "u2", name: "Miles Davis" };
const links = (text: string) => partsOf(text, []).flatMap((part) => (part.kind === "link" ? [part.text] : []));

describe("links", () => {
  it.each([
    ["see https://a.example/b?c=d#e now", ["https://a.example/b?c=d#e"]],
    ["https://a.example.", ["https://a.example"]],
    ["(https://a.example/x)", ["https://a.example/x"]],
    ["https://a.example/x_(y)", ["https://a.example/x_(y)"]],
    ["HTTP://A.example, HTTPS://b.example!", ["HTTP://A.example", "HTTPS://b.example"]],
    ["javascript:alert(1)", []],
    ["data:text/html,x vbscript:x file:///etc/passwd ftp://a.example", []],
    ["https://user:secret@a.example", []],
    ["https://localhost/x", []],
    ['https://a.example/"onmouseover="alert(1)', ["https://a.example/"]],
    ["https://a.example/<script>", ["https://a.example/"]],
    ["https://a.example/\u202egnp.exe", ["https://a.example/"]],
    ["nothttps://a.example", []],
  ])("are found safely: %s", (text, found) => {
    expect(links(text)).toEqual(found);
  });

  it("lose nothing of the text around them", () => {
    const text = "before (https://a.example/x), after @Miles <b>";
    expect(partsOf(text, [MILES]).map((part) => part.text).join("")).toBe(text);
  });

  it("lead only to http and https", () => {
    expect(safeHref("javascript:alert(1)//https://a.example")).toBeNull();
    expect(safeHref("https://a.example")).toBe("https://a.example/");
  });
});

describe("mentions", () => {
  it("are the longest name that fits, whatever the case", () => {
    expect(partsOf("hi @miles davis, @MILES and @miles", [MILES, DAVIS])).toEqual([
      { kind: "text", text: "hi " },
      { kind: "mention", text: "@miles davis", user: "u2" },
      { kind: "text", text: ", " },
      { kind: "mention", text: "@MILES", user: "u1" },
      { kind: "text", text: " and " },
      { kind: "mention", text: "@miles", user: "u1" },
    ]);
  });

  it("are not found within longer words, nor made of names like patterns", () => {
    expect(partsOf("@Milestone", [MILES])).toEqual([{ kind: "text", text: "@Milestone" }]);
    expect(partsOf("@anyone", [{ id: "u", name: ".*" }])).toEqual([{ kind: "text", text: "@anyone" }]);
  });
});

it("shows known shortcodes as their emoji, and leaves others", () => {
  expect(partsOf(":clap: :no_such_thing: 10:30:45", [])).toEqual([{ kind: "text", text: "👏 :no_such_thing: 10:30:45" }]);
});

it.each([
  ["👏", true],
  ["👏👏 ❤️", true],
  ["🏳️‍🌈👩‍🎤👍🏽", true],
  ["1", false],
  ["👏 bravo", false],
  ["  ", false],
  ["", false],
])("tells what is only emoji: %s", (text, only) => {
  expect(isOnlyEmoji(text)).toBe(only);
});

it("sends one line without characters that turn the text around", () => {
  expect(tidied(" one\n  two\u202e \u0007three ")).toBe("one two three");
});
