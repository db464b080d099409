import { afterEach, expect, it, vi } from "vitest";
import { Client, GivenUp } from "./client";
import { ProblemError } from "./problem";

const problem = (kind: string, status = 401) => () =>
  new Response(JSON.stringify({ type: `urn:harmonie:problem:${kind}`, title: kind }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
const ok = () => new Response("{}", { status: 200, headers: { "Content-Type": "application/json" } });

/** A server that gives these answers in turn; what it was sent as tokens. */
function server(...answers: (() => Response)[]): (string | null)[] {
  const tokens: (string | null)[] = [];
  vi.stubGlobal("fetch", (_url: string, init: RequestInit) => {
    tokens.push(new Headers(init.headers).get("Authorization"));
    return Promise.resolve((answers.shift() ?? ok)());
  });
  return tokens;
}

function tokens(...values: (string | null)[]) {
  let renewals = 0;
  return {
    token: () => Promise.resolve(values[Math.min(renewals, values.length - 1)] ?? null),
    refresh: () => {
      renewals += 1;
      return Promise.resolve();
    },
  };
}

const never = () => Promise.reject(new Error("not to be asked"));

afterEach(() => vi.unstubAllGlobals());

it("sends the token, and none when nobody is signed in", async () => {
  const sent = server(ok, ok);
  await new Client(tokens("a"), never).get("/x");
  await new Client(tokens(null), never).get("/x");
  expect(sent).toEqual(["Bearer a", null]);
});

it("renews a token that is no longer taken, once", async () => {
  const sent = server(problem("session-ended"), ok);
  await new Client(tokens("a", "b"), never).get("/x");
  expect(sent).toEqual(["Bearer a", "Bearer b"]);
  server(problem("session-ended"), problem("session-ended"));
  await expect(new Client(tokens("a", "b"), never).get("/x")).rejects.toMatchObject({ kind: "session-ended" });
});

it("gives up when the session is over", async () => {
  const sent = server(problem("session-ended"));
  await expect(new Client(tokens("a", null), never).get("/x")).rejects.toBeInstanceOf(ProblemError);
  expect(sent).toEqual(["Bearer a"]);
});

it("asks for a proof where one is needed, and makes the request again", async () => {
  const sent = server(problem("step-up-needed"), ok);
  await new Client(tokens("a"), () => Promise.resolve(true)).call("DELETE", "/x");
  expect(sent).toHaveLength(2);
});

it("does nothing when the proof is not given", async () => {
  const sent = server(problem("step-up-needed"));
  await expect(new Client(tokens("a"), () => Promise.resolve(false)).call("DELETE", "/x")).rejects.toBeInstanceOf(GivenUp);
  expect(sent).toHaveLength(1);
});

it("leaves other refusals alone", async () => {
  const sent = server(problem("credentials-rejected"));
  await expect(new Client(tokens("a", "b"), never).call("POST", "/x", {})).rejects.toMatchObject({ status: 401 });
  expect(sent).toHaveLength(1);
});
