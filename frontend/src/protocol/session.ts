/**
 * What WHIP (RFC 9725) and WHEP share on the wire: an SDP offer is posted, the answer comes back with the address of a
 * session, and that address is deleted to leave. No media here, no retries.
 */
import { ProblemError, request } from "./problem";

export interface Session {
  readonly answer: string;
  /** Absolute address of the session resource. */
  readonly url: string;
}

/** How long an offer may go unanswered; the server answers in milliseconds, so this only catches dead networks. */
const POST_TIMEOUT_MS = 10_000;

/**
 * Post an offer at once, without waiting for ICE candidates: the server is ICE-lite and learns the browser's address
 * from its connectivity checks. Raises ProblemError or NetworkError, or the abort of `signal`.
 */
export async function postOffer(url: string, sdp: string, signal: AbortSignal, bearer?: string): Promise<Session> {
  const response = await request(url, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", Accept: "application/sdp", ...authorization(bearer) },
    body: sdp,
    signal: AbortSignal.any([signal, AbortSignal.timeout(POST_TIMEOUT_MS)]),
  });
  const location = response.headers.get("Location");
  if (location === null) {
    throw new ProblemError(502, "Bad answer", "The server's answer names no session (no Location header).", null);
  }
  return { answer: await response.text(), url: new URL(location, response.url).href };
}

/** Leave. `keepalive` lets the request outlive the page; a failure does not matter, consent expiry cleans up. */
export function endSession(url: string, bearer?: string): void {
  fetch(url, { method: "DELETE", headers: authorization(bearer), keepalive: true }).catch(() => undefined);
}

function authorization(bearer: string | undefined): Record<string, string> {
  return bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
}
