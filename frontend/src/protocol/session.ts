/**
 * What WHIP (RFC 9725) and WHEP share on the wire: an SDP offer is posted, the answer comes back with the address of a
 * session, and that address is deleted to leave. No media here, no retries.
 */
import { ProblemError, request } from "./problem";
import { endOfCandidates } from "./sdp";

export interface Session {
  readonly answer: string;
  /** Absolute address of the session resource. */
  readonly url: string;
  /** Names the ICE session, for `If-Match`. */
  readonly etag: string | null;
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
  return { answer: await response.text(), url: new URL(location, response.url).href, etag: response.headers.get("ETag") };
}

/** Leave. `keepalive` lets the request outlive the page; a failure does not matter, consent expiry cleans up. */
export function endSession(url: string, bearer?: string): void {
  fetch(url, { method: "DELETE", headers: authorization(bearer), keepalive: true }).catch(() => undefined);
}

/**
 * Whether the server has ended the session: asked by saying that no more candidates come (RFC 9725 section 4.3.1, RFC 8840
 * section 9), which changes nothing for a session that is there. Raises nothing; when in doubt the session is there.
 */
export async function isSessionGone(session: Session, offer: string, bearer: string): Promise<boolean> {
  try {
    const response = await fetch(session.url, {
      method: "PATCH",
      headers: {
        "Content-Type": "application/trickle-ice-sdpfrag",
        ...(session.etag === null ? {} : { "If-Match": session.etag }),
        ...authorization(bearer),
      },
      body: endOfCandidates(offer),
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    return response.status === 404 || response.status === 410;
  } catch {
    return false;
  }
}

/**
 * Tell `onState` of every change of the connection. An orderly close by the far end shows only in the DTLS transport; the
 * connection as a whole would notice seconds later, by missing answers. Call it once the descriptions are applied.
 */
export function followTransport(connection: RTCPeerConnection, onState: (state: RTCPeerConnectionState) => void): void {
  const transport = connection.getTransceivers()[0]?.sender.transport;
  transport?.addEventListener("statechange", () => {
    if (transport.state === "closed" && connection.connectionState !== "closed") onState("closed");
  });
}

function authorization(bearer: string | undefined): Record<string, string> {
  return bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
}
