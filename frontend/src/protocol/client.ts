/**
 * Requests in the name of whoever is signed in.
 *
 * Adds the access token, renews it once when the server no longer takes it, and asks the person to prove themselves when
 * the server wants that (step-up); then the request is made again. Keeps no state of its own.
 */
import { ProblemError, request } from "./problem";

/** What the client needs of the page's session; `live/session.ts` is the real one. */
export interface TokenSource {
  token(): Promise<string | null>;
  /** Afterwards `token` gives a new one, or null when the session is over. */
  refresh(): Promise<void>;
}

/** Asks the person for a proof of identity. Resolves when the server took it, to false when the person gave up. */
export type AskForProof = () => Promise<boolean>;

/** The person did not want to prove who they are, so what was asked for was not done. */
export class GivenUp extends Error {
  override readonly name = "GivenUp";
}

export class Client {
  constructor(
    private readonly tokens: TokenSource,
    private readonly askForProof: AskForProof,
  ) {}

  async get<T>(path: string): Promise<T> {
    return (await (await this.send(path)).json()) as T;
  }

  /** Answers without a body give null. */
  async call<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: object): Promise<T> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.headers = { "Content-Type": "application/json" };
      init.body = JSON.stringify(body);
    }
    const response = await this.send(path, init);
    return (response.status === 204 ? null : await response.json().catch(() => null)) as T;
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await this.#sendRenewing(path, init);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.kind !== "step-up-needed") throw error;
      if (!(await this.askForProof())) throw new GivenUp("Not done: you did not confirm that it is you.", { cause: error });
      return await this.#sendRenewing(path, init);
    }
  }

  async #sendRenewing(path: string, init: RequestInit): Promise<Response> {
    const token = await this.tokens.token();
    try {
      return await request(path, authorized(init, token));
    } catch (error) {
      if (token === null || !(error instanceof ProblemError) || error.kind !== "session-ended") throw error;
      await this.tokens.refresh();
      const renewed = await this.tokens.token();
      if (renewed === null) throw error;
      return await request(path, authorized(init, renewed));
    }
  }
}

function authorized(init: RequestInit, token: string | null): RequestInit {
  if (token === null) return init;
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return { ...init, headers };
}
