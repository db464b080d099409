/**
 * Errors of the HTTP API as one type: RFC 9457 problem documents, and answers that should have been one.
 *
 * A request that got no answer at all is a `NetworkError`. Nothing here decides whether to try again.
 */

/** The server answered, and said no. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** What Retry-After asks for, null when it asks for nothing. */
    readonly retryAfterMs: number | null,
    /** The problem's type without its URN prefix, such as "step-up-needed"; empty when it has none. */
    readonly kind = "",
  ) {
    super(detail || title);
  }
}

/** No answer: the network is down, the server is not running, or the answer was cut off. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

/** Like `fetch`, but every failure is a ProblemError, a NetworkError, or the abort that was asked for. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new NetworkError("The server could not be reached.", { cause });
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

/** Read a failed response. Any body is survived: proxies answer with HTML. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const retryAfterMs = parseRetryAfter(response.headers.get("Retry-After"));
  let title = response.statusText || `HTTP ${response.status}`;
  let detail = "";
  let kind = "";
  if (/[/+]json\b/.test(response.headers.get("Content-Type") ?? "")) {
    const body: unknown = await response.json().catch(() => null);
    if (typeof body === "object" && body !== null) {
      if ("title" in body && typeof body.title === "string") title = body.title;
      if ("detail" in body && typeof body.detail === "string") detail = body.detail;
      if ("type" in body && typeof body.type === "string") kind = kindOf(body.type);
    }
  }
  return new ProblemError(response.status, title, detail, retryAfterMs, kind);
}

const KINDS = "urn:harmonie:problem:";

function kindOf(type: string): string {
  return type.startsWith(KINDS) ? type.slice(KINDS.length) : "";
}

/** Seconds form of Retry-After (RFC 9110 section 10.2.3) in milliseconds; the date form is not used by our server. */
export function parseRetryAfter(value: string | null): number | null {
  if (value === null || !/^\d{1,6}$/.test(value.trim())) return null;
  return Number(value.trim()) * 1000;
}
