import { describe, expect, it } from "vitest";
import { startOf } from "./hls-start";

const HEAD = "#EXTM3U\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=18.0,PART-HOLD-BACK=1.200\n";

describe("startOf", () => {
  it("counts segments, and the parts of the one that is open", () => {
    const text = `${HEAD}#EXTINF:4.00000,\nvideo/0.m4s
#EXT-X-PART:DURATION=0.40000,URI="video/1.0.m4s",INDEPENDENT=YES\n#EXT-X-PART:DURATION=0.40000,URI="video/1.1.m4s"\n#EXTINF:2.00000,\nvideo/1.m4s
#EXT-X-PART:DURATION=0.40000,URI="video/2.0.m4s",INDEPENDENT=YES\n`;
    expect(startOf(text)).toBeCloseTo(5.2);
  });

  it("does not begin before the beginning", () => {
    expect(startOf(`${HEAD}#EXTINF:1.00000,\nvideo/0.m4s\n`)).toBe(0);
  });

  it("knows nothing of what is no live playlist with parts", () => {
    expect(startOf("#EXTM3U\n#EXTINF:4,\na.ts\n")).toBeNull();
    expect(startOf(HEAD)).toBeNull();
  });
});
