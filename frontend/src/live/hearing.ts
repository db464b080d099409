/** Reads the level of a track of sound, channel by channel, at each animation frame. Plays nothing. */
import { type Level, LevelMeter } from "../core/level";

export interface Hearing {
  /** Levels of the channels measured, in order; null while the browser keeps the audio clock stopped. */
  read(nowMs: number): Level[] | null;
  close(): void;
}

/** What an element plays; null where the browser does not tell, or nothing sounds yet. */
export function hearElement(element: HTMLMediaElement | null): Hearing | null {
  const track = (element as { captureStream?: () => MediaStream } | null)?.captureStream?.().getAudioTracks()[0];
  return track === undefined ? null : hear(track, 2);
}

export function hear(track: MediaStreamTrack, channels: 1 | 2): Hearing {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const splitter = context.createChannelSplitter(channels);
  source.channelCountMode = "explicit";
  source.connect(splitter);
  const taps = Array.from({ length: channels }, (_, index) => {
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    splitter.connect(analyser, index);
    return { analyser, meter: new LevelMeter(), samples: new Float32Array(analyser.fftSize) };
  });
  // Without a gesture the clock may stand still; the first click or key anywhere starts it.
  const wake = () => void context.resume().catch(() => undefined);
  window.addEventListener("pointerdown", wake);
  window.addEventListener("keydown", wake);
  return {
    read: (nowMs) => {
      if (context.state !== "running") return null;
      return taps.map(({ analyser, meter, samples }) => {
        analyser.getFloatTimeDomainData(samples);
        return meter.feed(samples, nowMs);
      });
    },
    close: () => {
      window.removeEventListener("pointerdown", wake);
      window.removeEventListener("keydown", wake);
      void context.close();
    },
  };
}
