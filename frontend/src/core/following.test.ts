import { expect, it } from "vitest";
import { followedFirst } from "./following";

it("puts what is followed first and leaves the order alone otherwise", () => {
  const channels = ["a", "b", "c", "d"].map((name) => ({ name }));
  expect(followedFirst(channels, new Set(["d", "b"])).map(({ name }) => name)).toEqual(["b", "d", "a", "c"]);
  expect(followedFirst(channels, new Set())).toEqual(channels);
});
