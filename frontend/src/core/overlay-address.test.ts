import { describe, expect, it } from "vitest";
import { overlayAddress, overlayShows, overlayToken } from "./overlay-address";

describe("the address of an overlay", () => {
  it("holds the token, and is read back", () => {
    const address = new URL(overlayAddress("https://stage.example", "a_b-9/ä"));
    expect(overlayToken(address.pathname)).toBe("a_b-9/ä");
    expect(["/overlay/", "/overlay", "/overlay/a/b", "/overlay/%ff"].map(overlayToken)).toEqual(["", "", "", ""]);
  });

  it("can ask for a part", () => {
    const { search } = new URL(overlayAddress("https://stage.example", "t", "goal"));
    expect([overlayShows(search, "goal"), overlayShows(search, "alerts")]).toEqual([true, false]);
    expect([overlayShows("", "goal"), overlayShows("?show=x", "alerts")]).toEqual([true, true]);
  });
});
