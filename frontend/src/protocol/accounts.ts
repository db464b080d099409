/** Accounts over the JSON API: one method per endpoint. Every method raises ProblemError, NetworkError, or GivenUp. */
import type * as wire from "./account-types";
import type { Client } from "./client";
import { request } from "./problem";
import type { ListPage } from "./types";

const ME = "/api/v1/me";

export class AccountsApi {
  constructor(private readonly client: Client) {}

  async options(): Promise<wire.SignInOptions> {
    return (await (await request("/api/v1/sign-in-options")).json()) as wire.SignInOptions;
  }

  /** Whether the address has to be confirmed before the first sign-in. */
  async register(email: string, password: string, displayName: string): Promise<boolean> {
    const answer = await post<{ confirm_email: boolean }>("/api/v1/users", { email, password, display_name: displayName });
    return answer.confirm_email;
  }

  signIn(email: string, password: string): Promise<wire.SignInAnswer> {
    return post("/api/v1/session", { email, password });
  }

  signInByWallet(proof: wire.WalletProof): Promise<wire.SignInAnswer> {
    return post("/api/v1/session/wallet", proof);
  }

  signInSecondFactor(ticket: string, proof: wire.SecondFactorProof): Promise<wire.SessionToken> {
    return post("/api/v1/session/second-factor", { ticket, ...proof });
  }

  nonce(): Promise<wire.Nonce> {
    return post("/api/v1/siwe/nonce");
  }

  askPasswordReset(email: string): Promise<null> {
    return post("/api/v1/password-reset", { email });
  }

  resetPassword(token: string, password: string): Promise<null> {
    return post("/api/v1/password-reset/confirm", { token, password });
  }

  askVerification(email: string): Promise<null> {
    return post("/api/v1/email-verification", { email });
  }

  /** With the password, unless signed in to the account. */
  verifyEmail(token: string, password?: string): Promise<null> {
    return this.client.call("POST", "/api/v1/email-verification/confirm", { token, ...(password && { password }) });
  }

  me(): Promise<wire.Me> {
    return this.client.get(ME);
  }

  changeMe(change: wire.MeChange): Promise<{ me: wire.Me; email_pending: boolean }> {
    return this.client.call("PATCH", ME, change);
  }

  deleteMe(): Promise<null> {
    return this.client.call("DELETE", ME);
  }

  async exportMe(): Promise<Blob> {
    return await (await this.client.send(`${ME}/export`)).blob();
  }

  stepUp(proof: wire.StepUpProof): Promise<{ valid_until: string }> {
    return this.client.call("POST", `${ME}/step-up`, proof);
  }

  async devices(): Promise<readonly wire.Device[]> {
    return (await this.client.get<{ items: wire.Device[] }>(`${ME}/sessions`)).items;
  }

  revokeDevice(id: string): Promise<null> {
    return this.client.call("DELETE", `${ME}/sessions/${encodeURIComponent(id)}`);
  }

  signOutEverywhere(): Promise<null> {
    return this.client.call("DELETE", `${ME}/sessions`);
  }

  async wallets(): Promise<readonly wire.Wallet[]> {
    return (await this.client.get<{ items: wire.Wallet[] }>(`${ME}/wallets`)).items;
  }

  addWallet(proof: wire.WalletProof): Promise<wire.Wallet> {
    return this.client.call("POST", `${ME}/wallets`, proof);
  }

  removeWallet(address: string): Promise<null> {
    return this.client.call("DELETE", `${ME}/wallets/${encodeURIComponent(address)}`);
  }

  secondFactor(): Promise<wire.SecondFactor> {
    return this.client.get(`${ME}/second-factor`);
  }

  beginSecondFactor(): Promise<wire.SecondFactorSetup> {
    return this.client.call("POST", `${ME}/second-factor`);
  }

  async confirmSecondFactor(code: string): Promise<readonly string[]> {
    return (await this.client.call<{ recovery_codes: string[] }>("POST", `${ME}/second-factor/confirm`, { code })).recovery_codes;
  }

  removeSecondFactor(): Promise<null> {
    return this.client.call("DELETE", `${ME}/second-factor`);
  }

  async newRecoveryCodes(): Promise<readonly string[]> {
    return (await this.client.call<{ recovery_codes: string[] }>("POST", `${ME}/recovery-codes`)).recovery_codes;
  }

  async apiKeys(): Promise<readonly wire.ApiKey[]> {
    return (await this.client.get<{ items: wire.ApiKey[] }>(`${ME}/api-keys`)).items;
  }

  createApiKey(name: string, scopes: readonly wire.Scope[]): Promise<{ key: wire.ApiKey; secret: string }> {
    return this.client.call("POST", `${ME}/api-keys`, { name, scopes });
  }

  revokeApiKey(id: string): Promise<null> {
    return this.client.call("DELETE", `${ME}/api-keys/${encodeURIComponent(id)}`);
  }

  /** All, or those that part of a name or address, a wallet or the beginning of an id finds. */
  users(cursor: string | null, search: string): Promise<ListPage<wire.User>> {
    return this.client.get(`/api/v1/users${pageQuery(cursor)}${search === "" ? "" : `&search=${encodeURIComponent(search)}`}`);
  }

  setSuspended(id: string, suspended: boolean): Promise<wire.User> {
    return this.client.call(suspended ? "POST" : "DELETE", `/api/v1/users/${encodeURIComponent(id)}/suspension`);
  }

  setRole(id: string, role: wire.Role): Promise<wire.User> {
    return this.client.call("PUT", `/api/v1/users/${encodeURIComponent(id)}/role`, { role });
  }

  audit(cursor: string | null): Promise<ListPage<wire.AuditEntry>> {
    return this.client.get(`/api/v1/audit${pageQuery(cursor)}`);
  }
}

function pageQuery(cursor: string | null): string {
  return `?limit=100${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
}

/** For those who are not signed in yet. */
async function post<T>(path: string, body?: object): Promise<T> {
  const init: RequestInit = { method: "POST" };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await request(path, init);
  return (response.status === 204 ? null : await response.json().catch(() => null)) as T;
}
