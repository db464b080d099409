import { expect, it } from "vitest";
import { PublisherCore } from "./publisher";

function opened(): PublisherCore {
  const core = new PublisherCore(() => 0);
  core.handle({ kind: "open" }, 0);
  return core;
}

function live(): PublisherCore {
  const core = opened();
  core.handle({ kind: "transport", attempt: 1, state: "connected" }, 100);
  return core;
}

it("is live when the transport is connected, and remembers since when", () => {
  expect(live().view).toMatchObject({ state: "live", liveSinceMs: 100 });
});

it("reconnects after a drop, on the same clock", () => {
  const core = live();
  core.handle({ kind: "transport", attempt: 1, state: "failed" }, 60_000);
  expect(core.view).toMatchObject({ state: "reconnecting", liveSinceMs: 100 });
  core.handle({ kind: "timer" }, 60_500);
  core.handle({ kind: "transport", attempt: 2, state: "connected" }, 60_600);
  expect(core.view).toMatchObject({ state: "live", liveSinceMs: 100 });
});

it.each([401, 403, 404, 410])("fails for good at %i", (status) => {
  const core = opened();
  core.handle({ kind: "refused", attempt: 1, status, detail: "", retryAfterMs: null }, 5);
  expect(core.view).toMatchObject({ state: "failed", refusal: { status } });
  expect(core.deadlineMs).toBeNull();
});

it("tries again while the channel is held by a connection that is about to go", () => {
  const core = opened();
  core.handle({ kind: "refused", attempt: 1, status: 409, detail: "", retryAfterMs: null }, 5);
  expect(core.view.state).toBe("connecting");
  expect(core.deadlineMs).toBe(505);
});

it("says when the server does not answer, until it does", () => {
  const core = opened();
  core.handle({ kind: "unreachable", attempt: 1 }, 5);
  expect(core.view.unreachable).toBe(true);
  core.handle({ kind: "timer" }, 505);
  core.handle({ kind: "transport", attempt: 2, state: "connected" }, 600);
  expect(core.view.unreachable).toBe(false);
});

it("forgets the clock when it is stopped", () => {
  const core = live();
  core.handle({ kind: "close" }, 5000);
  expect(core.view).toMatchObject({ state: "idle", liveSinceMs: null });
});
