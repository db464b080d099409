import { expect, it } from "vitest";
import { Backoff } from "./backoff";

it("doubles from half a second to eight seconds", () => {
  const backoff = new Backoff();
  expect([0, 0, 0, 0, 0, 0].map((jitter) => backoff.nextMs(jitter))).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
});

it("shortens waits by jitter, never lengthens them", () => {
  const backoff = new Backoff();
  expect(backoff.nextMs(0.999)).toBe(350);
  expect(backoff.nextMs(0.5)).toBe(850);
});

it("starts over when reset", () => {
  const backoff = new Backoff();
  backoff.nextMs(0);
  backoff.nextMs(0);
  backoff.reset();
  expect(backoff.nextMs(0)).toBe(500);
});
