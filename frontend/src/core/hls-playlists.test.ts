import { describe, expect, it } from "vitest";
import { missesSome, offeredIn } from "./hls-playlists";

const INDEX = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Stereo (Opus)",URI="s/audio.m3u8?player=p"
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.42E01F,opus",RESOLUTION=1280x720,AUDIO="audio"
s/video.m3u8?player=p
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="opus"
s/audio.m3u8?player=p
`;

it("finds what a channel offers by HLS", () => {
  expect(offeredIn(INDEX)).toEqual([
    { codecs: "avc1.42E01F,opus", picture: true, uri: "s/video.m3u8?player=p" },
    { codecs: "opus", picture: false, uri: "s/audio.m3u8?player=p" },
  ]);
  expect(offeredIn("")).toEqual([]);
});

describe("what a track leaves out", () => {
  const track = (...gaps: boolean[]) => gaps.map((gap, index) => ({ start: index * 2, duration: 2, gap }));

  it.each([
    ["nothing", track(false, false, false), 2, false],
    ["what came before it was made", track(true, true, false), 5, false],
    ["what is played now", track(false, true, false), 3, true],
    ["what comes in a moment", track(false, false, true), 1, true],
    ["what is long gone", track(false, true, ...Array<boolean>(12).fill(false)), 26, false],
    ["all", track(true, true), 3, false],
  ] as const)("%s", (_, stretches, atS, missing) => {
    expect(missesSome(stretches, atS)).toBe(missing);
  });
});
