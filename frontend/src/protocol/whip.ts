/**
 * A WHIP client (RFC 9725): one attempt to publish to a channel. Retrying belongs to `core/link.ts`, devices to `live/`.
 */
import type { EncodingPlan } from "../core/encoding";
import { codecOrder, opusParameters, startBitrateKbps } from "../core/encoding";
import { setFmtp, setVideoStartBitrate } from "./sdp";
import { endSession, followTransport, isSessionGone, postOffer, type Session } from "./session";
import type { IceServer, MediaKind } from "./types";

export interface WhipOptions {
  readonly channel: string;
  /** The stream key. */
  readonly bearer: string;
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
  readonly plan: EncodingPlan;
  readonly iceServers: IceServer[];
  /** Aborted with the reason "closed" when the broadcast is to end. */
  readonly signal: AbortSignal;
  readonly onConnection: (state: RTCPeerConnectionState) => void;
}

export interface WhipSession {
  readonly connection: RTCPeerConnection;
  sender(kind: MediaKind): RTCRtpSender | null;
  /** Whether the server has ended the session. */
  isGone(): Promise<boolean>;
  /** End the broadcast. */
  end(): void;
  /** Let go of the connection without telling the server, for the next one to take over from. */
  abandon(): void;
}

/** Publish. Resolves when the answer is applied; raises ProblemError, NetworkError, or the abort of `signal`. */
export async function publish(options: WhipOptions): Promise<WhipSession> {
  const connection = new RTCPeerConnection({ iceServers: options.iceServers, bundlePolicy: "max-bundle" });
  let session: Session | null = null;
  const abandon = () => {
    connection.onconnectionstatechange = null;
    connection.close();
  };
  const end = () => {
    abandon();
    if (session !== null) endSession(session.url, options.bearer);
    session = null;
  };
  connection.onconnectionstatechange = () => options.onConnection(connection.connectionState);
  try {
    const senders = addSenders(connection, options);
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    const opus = opusParameters(options.plan);
    const sdp = setFmtp(offer.sdp ?? "", "opus", opus);
    const opened = await postOffer(`/whip/${encodeURIComponent(options.channel)}`, sdp, options.signal, options.bearer);
    session = opened;
    options.signal.throwIfAborted();
    // The encoder obeys what the remote side says it wants to receive, so that is said here even if the answer did not.
    let answer = setFmtp(opened.answer, "opus", opus);
    if (isChromiumLike()) answer = setVideoStartBitrate(answer, startBitrateKbps(options.plan));
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
    followTransport(connection, options.onConnection);
    await tune(connection, options.plan);
    options.signal.throwIfAborted();
    const isGone = () => isSessionGone(opened, sdp, options.bearer);
    return { connection, sender: (kind) => senders.get(kind) ?? null, isGone, end, abandon };
  } catch (error) {
    // Only a broadcast that nobody wants any more is ended; otherwise the next attempt takes this session over.
    if (options.signal.reason === "closed") end();
    else abandon();
    throw error;
  }
}

/** Apply bitrate and frame rate bounds to a running connection; no renegotiation. */
export async function tune(connection: RTCPeerConnection, plan: EncodingPlan): Promise<void> {
  for (const transceiver of connection.getTransceivers()) {
    const sender = transceiver.sender;
    const parameters = sender.getParameters();
    const encoding = parameters.encodings?.[0];
    if (encoding === undefined) continue;
    if (transceiver.receiver.track.kind === "video") {
      encoding.maxBitrate = plan.videoBps;
      encoding.maxFramerate = plan.framesPerSecond;
      parameters.degradationPreference = "balanced";
    } else {
      encoding.maxBitrate = plan.audioBps;
    }
    // A browser that does not know one of the bounds keeps its own; the stream still runs.
    await sender.setParameters(parameters).catch(() => undefined);
  }
}

function addSenders(connection: RTCPeerConnection, options: WhipOptions): Map<MediaKind, RTCRtpSender> {
  const senders = new Map<MediaKind, RTCRtpSender>();
  for (const kind of ["audio", "video"] as const) {
    const track = options[kind];
    if (track === null) continue;
    const transceiver = connection.addTransceiver(track, { direction: "sendonly" });
    senders.set(kind, transceiver.sender);
    if (kind === "video") {
      const capabilities = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
      const order = codecOrder(capabilities, options.plan.codec);
      if (order.length > 0) transceiver.setCodecPreferences(order);
    }
  }
  return senders;
}

function isChromiumLike(): boolean {
  return "chrome" in window || /\bChrom(e|ium)\//.test(navigator.userAgent);
}
