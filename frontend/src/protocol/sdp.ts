/**
 * The few edits of SDP that browsers have no API for. Pure text in, text out; not a parser.
 *
 * Browsers read Opus and encoder parameters from `a=fmtp` (RFC 7587 section 6.1 for Opus), and offer no other way to
 * ask for stereo, for a bitrate above the speech default, or for the bitrate to start from.
 */
import type { MediaKind } from "./types";

export type FmtpParameters = Readonly<Record<string, string | number>>;

const NOT_A_CODEC = new Set(["rtx", "red", "ulpfec", "flexfec-03", "cn", "telephone-event"]);

/** Set parameters in the fmtp of every payload type of `codec` (matched without case), keeping the others. */
export function setFmtp(sdp: string, codec: string, parameters: FmtpParameters): string {
  return editSections(sdp, (section) => {
    for (const { payloadType, name } of rtpMaps(section)) {
      if (name === codec.toLowerCase()) mergeFmtp(section, payloadType, parameters);
    }
  });
}

/** Ask for `feedback` (RFC 4585 section 4.2, such as "nack") on every payload type of `codec`. */
export function addFeedback(sdp: string, codec: string, feedback: string): string {
  return editSections(sdp, (section) => {
    for (const { payloadType, name } of rtpMaps(section)) {
      const line = `a=rtcp-fb:${payloadType} ${feedback}`;
      if (name === codec.toLowerCase() && !section.includes(line)) section.splice(afterRtpMap(section, payloadType), 0, line);
    }
  });
}

/** Where Chromium's encoder starts from, in kbit/s; without it the first seconds are blurred while it feels its way. */
export function setVideoStartBitrate(sdp: string, kbps: number): string {
  return editSections(sdp, (section) => {
    if (!section[0]?.startsWith("m=video")) return;
    for (const { payloadType, name } of rtpMaps(section)) {
      if (!NOT_A_CODEC.has(name)) mergeFmtp(section, payloadType, { "x-google-start-bitrate": Math.round(kbps) });
    }
  });
}

/** Whether an answer lets `kind` flow: an m-line that is neither rejected (port 0) nor inactive. */
export function carries(sdp: string, kind: MediaKind): boolean {
  return sections(sdp).some((section) => {
    const media = section[0]?.split(" ");
    return media?.[0] === `m=${kind}` && media[1] !== "0" && !section.includes("a=inactive");
  });
}

/** A fragment (RFC 8840 section 9) that says that no candidates follow, for the ICE session of `offer`. */
export function endOfCandidates(offer: string): string {
  const section = sections(offer).find((lines) => lines[0]?.startsWith("m=")) ?? [];
  const pick = (...prefixes: string[]) => section.filter((line) => prefixes.some((prefix) => line.startsWith(prefix)));
  const lines = [...pick("a=ice-ufrag:", "a=ice-pwd:"), ...pick("m="), ...pick("a=mid:"), "a=end-of-candidates"];
  return `${lines.join("\r\n")}\r\n`;
}

function editSections(sdp: string, edit: (section: string[]) => void): string {
  const all = sections(sdp);
  for (const section of all) {
    if (section[0]?.startsWith("m=")) edit(section);
  }
  return `${all.flat().join("\r\n")}\r\n`;
}

/** The session part, then one list of lines per m-line. */
function sections(sdp: string): string[][] {
  const all: string[][] = [[]];
  for (const line of sdp.split(/\r?\n/)) {
    if (line === "") continue;
    if (line.startsWith("m=")) all.push([]);
    all.at(-1)?.push(line);
  }
  return all;
}

function rtpMaps(section: readonly string[]): { payloadType: string; name: string }[] {
  return section.flatMap((line) => {
    const match = /^a=rtpmap:(\d+) ([^/ ]+)/.exec(line);
    return match?.[1] && match[2] ? [{ payloadType: match[1], name: match[2].toLowerCase() }] : [];
  });
}

function mergeFmtp(section: string[], payloadType: string, parameters: FmtpParameters): void {
  const prefix = `a=fmtp:${payloadType} `;
  const index = section.findIndex((line) => line.startsWith(prefix));
  const merged = new Map<string, string>();
  if (index >= 0) {
    for (const pair of (section[index] ?? "").slice(prefix.length).split(";")) {
      const [key = "", ...value] = pair.trim().split("=");
      if (key) merged.set(key, value.join("="));
    }
  }
  for (const [key, value] of Object.entries(parameters)) merged.set(key, String(value));
  const line = prefix + [...merged].map(([key, value]) => (value === "" ? key : `${key}=${value}`)).join(";");
  if (index >= 0) section[index] = line;
  else section.splice(afterRtpMap(section, payloadType), 0, line);
}

function afterRtpMap(section: readonly string[], payloadType: string): number {
  return section.findIndex((line) => line.startsWith(`a=rtpmap:${payloadType} `)) + 1;
}
