import { expect, it } from "vitest";
import { parseRetryAfter, problemOf } from "./problem";

const respond = (body: string, status: number, headers: Record<string, string>) => new Response(body, { status, headers });

it("reads a problem document", async () => {
  const body = JSON.stringify({ title: "Not live", detail: "The channel is not live.", status: 409 });
  const problem = await problemOf(respond(body, 409, { "Content-Type": "application/problem+json", "Retry-After": "2" }));
  expect(problem).toMatchObject({ status: 409, title: "Not live", detail: "The channel is not live.", retryAfterMs: 2000 });
});

it("tells what kind of problem it is, by our own types only", async () => {
  const kind = async (type: unknown) =>
    (await problemOf(respond(JSON.stringify({ type }), 401, { "Content-Type": "application/problem+json" }))).kind;
  expect(await kind("urn:harmonie:problem:step-up-needed")).toBe("step-up-needed");
  expect(await kind("about:blank")).toBe("");
  expect(await kind(7)).toBe("");
});

it.each([
  ["<html>Bad gateway</html>", "text/html"],
  ["{broken", "application/json"],
  ["null", "application/json"],
  ['{"title": 3}', "application/json"],
])("survives an answer that is none: %s", async (body, type) => {
  expect(await problemOf(respond(body, 502, { "Content-Type": type }))).toMatchObject({ status: 502, detail: "" });
});

it("takes Retry-After in seconds, and nothing else", () => {
  expect(["5", " 7 ", "-1", "soon", "99999999", null].map(parseRetryAfter)).toEqual([5000, 7000, null, null, null, null]);
});
