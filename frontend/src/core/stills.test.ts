import { expect, it } from "vitest";
import { STILL_EVERY_MS, StillPace } from "./stills";

it("asks again every quarter of a minute, and less and less often while there is none", () => {
  const pace = new StillPace();
  expect([pace.failed(), pace.failed(), pace.failed()]).toEqual([2000, 4000, 8000]);
  expect(pace.came()).toBe(STILL_EVERY_MS);
  expect(pace.failed()).toBe(2000);
  for (let turn = 0; turn < 20; turn += 1) pace.failed();
  expect(pace.failed()).toBe(60_000);
});
