import { describe, expect, it } from "vitest";
import { addFeedback, carries, endOfCandidates, setFmtp, setVideoStartBitrate } from "./sdp";

const SDP = [
  "v=0",
  "o=- 1 2 IN IP4 127.0.0.1",
  "a=group:BUNDLE 0 1",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:0123456789012345678901",
  "a=mid:0",
  "a=rtpmap:111 opus/48000/2",
  "a=rtcp-fb:111 transport-cc",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:63 red/48000/2",
  "a=fmtp:63 111/111",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
  "a=mid:1",
  "a=rtpmap:96 VP8/90000",
  "a=rtpmap:97 rtx/90000",
  "a=fmtp:97 apt=96",
  "",
].join("\r\n");

const linesOf = (sdp: string) => sdp.split("\r\n");

describe("setFmtp", () => {
  it("adds and replaces parameters, and keeps the others", () => {
    const lines = linesOf(setFmtp(SDP, "opus", { stereo: 1, useinbandfec: 0 }));
    expect(lines).toContain("a=fmtp:111 minptime=10;useinbandfec=0;stereo=1");
    expect(lines).toContain("a=fmtp:63 111/111");
  });

  it("writes the line where there was none, after the rtpmap", () => {
    const lines = linesOf(setFmtp(SDP, "vp8", { "x-test": 3 }));
    expect(lines[lines.indexOf("a=rtpmap:96 VP8/90000") + 1]).toBe("a=fmtp:96 x-test=3");
  });

  it("changes nothing for a codec that is not there", () => {
    expect(setFmtp(SDP, "AV1", { a: 1 })).toBe(SDP);
  });

  it("changes nothing the second time", () => {
    const once = setFmtp(SDP, "opus", { stereo: 1 });
    expect(setFmtp(once, "opus", { stereo: 1 })).toBe(once);
  });
});

it("asks for feedback once", () => {
  const once = addFeedback(SDP, "opus", "nack");
  expect(linesOf(once).filter((line) => line === "a=rtcp-fb:111 nack")).toHaveLength(1);
  expect(addFeedback(once, "opus", "nack")).toBe(once);
});

it("sets the start bitrate of video codecs, not of what repairs them, nor of audio", () => {
  const lines = linesOf(setVideoStartBitrate(SDP, 1500.4));
  expect(lines).toContain("a=fmtp:96 x-google-start-bitrate=1500");
  expect(lines).toContain("a=fmtp:97 apt=96");
  expect(lines.filter((line) => line.includes("start-bitrate"))).toHaveLength(1);
});

it("tells what an answer carries", () => {
  expect(carries(SDP, "video")).toBe(true);
  expect(carries(SDP.replace("m=video 9", "m=video 0"), "video")).toBe(false);
  expect(carries(SDP.replace("a=mid:1", "a=mid:1\r\na=inactive"), "video")).toBe(false);
  expect(carries("v=0\r\n", "audio")).toBe(false);
});

it("names the ICE session in the fragment that ends its candidates", () => {
  expect(linesOf(endOfCandidates(SDP))).toEqual([
    "a=ice-ufrag:abcd",
    "a=ice-pwd:0123456789012345678901",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
    "a=mid:0",
    "a=end-of-candidates",
    "",
  ]);
});

it("survives text that is not SDP", () => {
  for (const text of ["", "\r\n", "hello", "m=", "a=rtpmap:", "m=audio\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 "]) {
    expect(() => setVideoStartBitrate(addFeedback(setFmtp(text, "opus", { stereo: 1 }), "opus", "nack"), 1)).not.toThrow();
  }
});
