import { expect, it } from "vitest";
import { stageOrder } from "./following";

const on = (name: string, minute: number, viewers = 0) => ({
  name,
  viewers,
  started_at: `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z`,
});
const names = (channels: readonly { name: string }[]) => channels.map(({ name }) => name).join("");

it("puts what is followed first, then who has been on stage longest", () => {
  const channels = [on("a", 4), on("b", 3), on("c", 2), on("d", 1)];
  expect(names(stageOrder(channels, new Set(["a", "c"])))).toBe("cadb");
  expect(names(stageOrder(channels, new Set()))).toBe("dcba");
});

it("leaves every card in its place when viewers come and go, and adds who begins at the end", () => {
  const before = stageOrder([on("a", 1, 9), on("b", 1, 5), on("c", 2, 1)], new Set());
  const after = stageOrder([on("c", 2, 90), on("b", 1, 50), on("a", 1, 0), on("0", 3, 99)], new Set());
  expect(names(before)).toBe("abc");
  expect(names(after)).toBe("abc0");
});

it("copes with a channel of which the beginning is not known", () => {
  expect(names(stageOrder([{ name: "x", started_at: null }, on("a", 1)], new Set()))).toBe("ax");
});
