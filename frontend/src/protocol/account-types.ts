/** Shapes of what the API says about accounts. Field names are the wire's own; times are RFC 3339. */

export type Role = "user" | "artist" | "admin";

export interface User {
  readonly id: string;
  readonly email: string | null;
  readonly email_verified: boolean;
  readonly display_name: string;
  readonly role: Role;
  readonly created_at: string;
  readonly suspended_at: string | null;
}

export interface SignInOptions {
  readonly registration: boolean;
  readonly mail: boolean;
  readonly confirm_email: boolean;
  readonly wallet: boolean;
  readonly chain_id: number;
}

export interface SessionToken {
  readonly access_token: string;
  readonly expires_in_s: number;
  readonly session_id: string;
  readonly user: User;
}

export type SignInAnswer =
  | { readonly status: "signed_in"; readonly session: SessionToken }
  | { readonly status: "second_factor_needed"; readonly ticket: string };

export interface Me {
  readonly user: User;
  readonly has_password: boolean;
  readonly second_factor: boolean;
  readonly session_id: string | null;
  readonly stepped_up_until: string | null;
}

export interface MeChange {
  readonly display_name?: string;
  readonly email?: string;
  readonly password?: string;
}

export interface Device {
  readonly id: string;
  readonly current: boolean;
  readonly method: "password" | "wallet";
  readonly user_agent: string;
  readonly network: string | null;
  readonly created_at: string;
  readonly last_seen_at: string;
  readonly expires_at: string;
}

export interface Wallet {
  readonly address: string;
  readonly proven_at: string;
}

export interface WalletProof {
  readonly message: string;
  readonly signature: string;
}

/** What a wallet's message has to hold. */
export interface Nonce {
  readonly nonce: string;
  readonly domain: string;
  readonly uri: string;
  readonly chain_id: number;
}

/** A code of the authenticator app, or one of the recovery codes. */
export type SecondFactorProof = { readonly code: string } | { readonly recovery_code: string };

export type StepUpProof = SecondFactorProof | { readonly password: string } | { readonly wallet: WalletProof };

export interface SecondFactor {
  readonly enabled: boolean;
  readonly recovery_codes_left: number;
}

export interface SecondFactorSetup {
  readonly secret: string;
  readonly uri: string;
}

export const SCOPES = ["profile:read", "profile:write", "channels:write", "moderation", "follows:write", "chat:write"] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly created_at: string;
  readonly last_used_at: string | null;
}

export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  /** What a person is called now; null when it was none. */
  readonly actor_name: string | null;
  readonly action: string;
  readonly subject: string;
  readonly subject_name: string | null;
  readonly details: Readonly<Record<string, string>>;
  readonly hash: string;
}
