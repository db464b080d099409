/**
 * A WHEP client: one attempt to watch a channel. Retrying belongs to `core/link.ts`.
 */
import { addFeedback, carries, setFmtp } from "./sdp";
import { endSession, followTransport, postOffer } from "./session";
import type { IceServer } from "./types";

export interface WhepOptions {
  readonly channel: string;
  /** A viewer that is not counted, for pictures on the home page; video only. */
  readonly preview?: boolean;
  /** Ask for no picture. */
  readonly soundOnly?: boolean;
  readonly iceServers: IceServer[];
  readonly signal: AbortSignal;
  /** Called with each track as soon as the answer names it, before media flows. */
  readonly onTrack: (track: MediaStreamTrack) => void;
  readonly onConnection: (state: RTCPeerConnectionState) => void;
}

export interface WhepSession {
  readonly connection: RTCPeerConnection;
  /** Whether the broadcast sends video to us at all. */
  readonly video: boolean;
  close(): void;
}

/** Connect. Resolves when the answer is applied; raises ProblemError, NetworkError, or the abort of `signal`. */
export async function watch(options: WhepOptions): Promise<WhepSession> {
  const connection = new RTCPeerConnection({ iceServers: options.iceServers, bundlePolicy: "max-bundle" });
  let sessionUrl: string | null = null;
  const close = () => {
    connection.onconnectionstatechange = null;
    connection.ontrack = null;
    // When the server closed the transport there is no session left to end.
    const ended = connection.getTransceivers().some((item) => item.receiver.transport?.state === "closed");
    connection.close();
    if (sessionUrl !== null && !ended) endSession(sessionUrl);
    sessionUrl = null;
  };
  connection.onconnectionstatechange = () => options.onConnection(connection.connectionState);
  connection.ontrack = (event) => options.onTrack(event.track);
  try {
    if (options.soundOnly !== true) connection.addTransceiver("video", { direction: "recvonly" });
    if (!options.preview) connection.addTransceiver("audio", { direction: "recvonly" });
    const sdp = await applyOffer(connection);
    const url = `/whep/${encodeURIComponent(options.channel)}${options.preview ? "?preview=1" : ""}`;
    const session = await postOffer(url, sdp, options.signal);
    sessionUrl = session.url;
    options.signal.throwIfAborted();
    await connection.setRemoteDescription({ type: "answer", sdp: session.answer });
    followTransport(connection, options.onConnection);
    options.signal.throwIfAborted();
    return { connection, video: carries(session.answer, "video"), close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Chromium decodes Opus in mono unless its own description asks for stereo, and asks for lost audio packets again only
 * when the description says so. A browser that refuses an edited local description still gets the edited offer out.
 */
async function applyOffer(connection: RTCPeerConnection): Promise<string> {
  const offer = await connection.createOffer();
  const plain = offer.sdp ?? "";
  const sdp = addFeedback(setFmtp(plain, "opus", { stereo: 1 }), "opus", "nack");
  try {
    await connection.setLocalDescription({ type: "offer", sdp });
  } catch {
    await connection.setLocalDescription({ type: "offer", sdp: plain });
  }
  return sdp;
}
