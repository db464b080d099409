import { describe, expect, it } from "vitest";
import type { OverlaySettings } from "../protocol/overlay";
import { type OverlayDraft, draftOf, readDraft } from "./overlay-form";

const SETTINGS: OverlaySettings = {
  minimum: { minor: 150 },
  duration_ms: 6500,
  animation: "pop",
  sound: "cheer",
  volume: 0.4,
  image: "star",
  speech: true,
  speech_minimum: null,
  show_message: false,
  theme: "light",
};

function read(change: Partial<OverlayDraft>, currency: string | null = "USD") {
  return readDraft({ ...draftOf(SETTINGS, currency), ...change }, SETTINGS, currency);
}

describe("settings of the overlay", () => {
  it("are the same again when nothing was changed", () => {
    expect(draftOf(SETTINGS, "USD")).toMatchObject({ minimum: "1.5", speechMinimum: "", seconds: "6.5" });
    for (const currency of ["USD", "JPY", null]) expect(read({}, currency)).toEqual({ settings: SETTINGS });
  });

  it("take a minimum in the currency, and nothing for none", () => {
    expect(read({ minimum: "2.05", speechMinimum: " 10 " })).toMatchObject({ settings: { minimum: { minor: 205 }, speech_minimum: { minor: 1000 } } });
    for (const none of ["", " ", "0", "0.00"]) expect(read({ minimum: none })).toMatchObject({ settings: { minimum: null } });
  });

  it("say which field is wrong", () => {
    expect(read({ minimum: "1.005" })).toEqual({ field: "minimum", problem: "Amounts in USD have 2 decimals." });
    expect(read({ speechMinimum: "much" })).toMatchObject({ field: "speechMinimum" });
    for (const seconds of ["", "0", "61", "six", "-3"]) expect(read({ seconds })).toMatchObject({ field: "seconds" });
  });
});
