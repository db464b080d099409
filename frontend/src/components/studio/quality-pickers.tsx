/** Size, smoothness and weight of the picture. */
import {
  type CodecChoice,
  CODECS,
  FRAME_RATES,
  type FrameRate,
  type Height,
  HEIGHTS,
  suggestedVideoKbps,
  VIDEO_KBPS,
} from "../../core/encoding";
import type { StudioSettings } from "../../core/settings";

interface QualityPickersProps {
  readonly settings: StudioSettings;
  readonly onChange: (part: Partial<StudioSettings>) => void;
}

export function QualityPickers({ settings, onChange }: QualityPickersProps) {
  const { height, framesPerSecond, videoKbps, codec, mirror } = settings;
  const shape = (nextHeight: Height, nextRate: FrameRate) =>
    onChange({ height: nextHeight, framesPerSecond: nextRate, videoKbps: suggestedVideoKbps(nextHeight, nextRate) });
  return (
    <section className="card" aria-label="Picture quality">
      <h2>Picture quality</h2>
      <div className="field-grid">
        <label className="field">
          <span>Resolution</span>
          <select
            data-testid="resolution"
            value={height}
            onChange={(event) => shape(Number(event.target.value) as Height, framesPerSecond)}
          >
            {HEIGHTS.map((value) => (
              <option key={value} value={value}>
                {value}p
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Frames a second</span>
          <select
            data-testid="frame-rate"
            value={framesPerSecond}
            onChange={(event) => shape(height, Number(event.target.value) as FrameRate)}
          >
            {FRAME_RATES.map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Bitrate</span>
          <select
            data-testid="bitrate"
            value={videoKbps}
            onChange={(event) => onChange({ videoKbps: Number(event.target.value) })}
          >
            {VIDEO_KBPS.map((kbps) => (
              <option key={kbps} value={kbps}>
                {kbps >= 1000 ? `${kbps / 1000} Mbit/s` : `${kbps} kbit/s`}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Codec</span>
          <select
            data-testid="codec"
            value={codec}
            onChange={(event) => onChange({ codec: event.target.value as CodecChoice })}
          >
            {CODECS.map((value) => (
              <option key={value} value={value}>
                {value === "auto" ? "Automatic" : value}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p className="hint">Your upload should carry about half as much again as the bitrate.</p>
      <label className="check">
        <input type="checkbox" checked={mirror} onChange={(event) => onChange({ mirror: event.target.checked })} />
        <span>Mirror my preview (fans see it the right way round)</span>
      </label>
    </section>
  );
}
