import { expect, it } from "vitest";
import { studioPath, targetOf } from "./core/target";
import { routeOf } from "./router";

it.each([
  ["/", { page: "home" }],
  ["/studio", { page: "studio" }],
  ["/studio/", { page: "studio" }],
  ["/my-band", { page: "channel", name: "my-band" }],
  ["/a", { page: "channel", name: "a" }],
  ["/My-Band", { page: "missing" }],
  ["/-band", { page: "missing" }],
  ["/signin", { page: "signin" }],
  ["/settings", { page: "settings", section: "profile" }],
  ["/settings/security", { page: "settings", section: "security" }],
  ["/settings/none", { page: "missing" }],
  ["/channels", { page: "mine" }],
  ["/channels/my-band", { page: "edit", name: "my-band" }],
  ["/channels/My-Band", { page: "missing" }],
  ["/account/reset", { page: "reset" }],
  ["/account/verify", { page: "verify" }],
  ["/account/gone", { page: "gone" }],
  ["/admin/audit", { page: "admin", section: "audit" }],
  ["/constructor", { page: "channel", name: "constructor" }],
  ["/my-band/chat", { page: "chat", name: "my-band" }],
  ["/my-band/moderate/", { page: "moderate", name: "my-band" }],
  ["/settings/chat", { page: "missing" }],
  ["/studio/recordings", { page: "studio-recordings" }],
  ["/my-band/replays/0a1b", { page: "replay", name: "my-band", id: "0a1b" }],
  ["/my-band/replays/", { page: "missing" }],
  ["/my-band/replays/../x", { page: "missing" }],
  ["/settings/replays/0a1b", { page: "missing" }],
  ["/My-Band/chat", { page: "missing" }],
  ["/band/extra", { page: "missing" }],
  [`/${"a".repeat(33)}`, { page: "missing" }],
])("leads %s to its page", (path, route) => {
  expect(routeOf(path)).toEqual(route);
});

it("takes channel and key from a link, and a kept key only for its own channel", () => {
  const kept = { channel: "demo", key: "old" };
  expect(targetOf("?channel=band", "#key=s3cret", kept)).toEqual({ channel: "band", key: "s3cret" });
  expect(targetOf("?channel=band", "", kept)).toEqual({ channel: "band", key: "" });
  expect(targetOf("?channel=demo", "", kept)).toEqual(kept);
  expect(targetOf("", "", kept)).toEqual(kept);
  const link = new URL(studioPath("band", "a+b/c="), "http://harmonie.example");
  expect(targetOf(link.search, link.hash, kept)).toEqual({ channel: "band", key: "a+b/c=" });
});
