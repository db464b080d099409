import { expect, it } from "vitest";
import { GivenUp } from "../protocol/client";
import { NetworkError, ProblemError } from "../protocol/problem";
import { refusalWords } from "./refusals";

it("writes details as sentences", () => {
  expect(refusalWords(new ProblemError(422, "Weak", "too easy to guess", null, "password-weak"))).toBe("Too easy to guess.");
  expect(refusalWords(new ProblemError(500, "", "", null))).toBe("That did not work.");
});

it("says how long to wait", () => {
  const limited = (ms: number | null) => refusalWords(new ProblemError(429, "", "", ms, "rate-limited"));
  expect(limited(1000)).toContain("1 second ");
  expect(limited(6000)).toContain("6 seconds");
  expect(limited(600_000)).toContain("10 minutes");
  expect(limited(null)).toContain("a moment");
});

it("has words for everything else", () => {
  expect(refusalWords(new NetworkError("x"))).toContain("could not be reached");
  expect(refusalWords(new GivenUp("Not done."))).toBe("Not done.");
  expect(refusalWords({ code: 4001 })).toContain("declined");
  expect(refusalWords("?")).toBe("That did not work.");
});
