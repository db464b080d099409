import { describe, expect, it } from "vitest";
import type { Tip } from "../protocol/tips";
import { sampleTip, shownMessage, spokenWords } from "./overlay-words";

function tip(more: Partial<Tip>): Tip {
  return { ...sampleTip(0, "CORE"), ...more };
}

describe("what is read aloud", () => {
  it("is the name, the amount and the message", () => {
    expect(spokenWords(tip({ message: "Bravo" }), true)).toBe("A kind listener tipped 5 CORE. Bravo");
    expect(spokenWords(tip({ message: "Bravo" }), false)).toBe("A kind listener tipped 5 CORE.");
  });

  it("spells no addresses out, of wallets or of pages", () => {
    const from = { user: null, name: "0x12ab…cd34", wallet: "0x12", badges: [] };
    expect(spokenWords(tip({ from, message: "see https://example.org/a?b or www.example.org" }), true)).toBe("Somebody tipped 5 CORE. see a link or a link");
  });

  it("is bounded, in whole letters", () => {
    const words = spokenWords(tip({ from: { ...sampleTip(0, "CORE").from, name: "🎸".repeat(3).concat("ab".repeat(500)) }, message: "lo".repeat(900) }), true);
    expect([...words].length).toBeLessThan(280);
    expect(words).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
  });

  it("does not hold a letter for minutes, and says nothing that is withheld", () => {
    expect(spokenWords(tip({ message: "wo".concat("o".repeat(190), "w!") }), true)).toMatch(/ wooow!$/);
    expect(spokenWords(tip({ message: "secret", message_state: "hidden" }), true)).not.toContain("secret");
  });
});

describe("what is shown", () => {
  it("is one line of text in which nothing turns the rest around", () => {
    expect(shownMessage(tip({ message: "a\u202eb\n\n\tc\u2066d\u0000e" }))).toBe("ab cd e");
    expect(shownMessage(tip({ message: "x", message_state: "held" }))).toBe("");
  });
});
