/** The switch between sound made for speech and sound left alone. */
import { MUSIC_KBPS } from "../../core/encoding";
import type { StudioSettings } from "../../core/settings";

interface MusicModeProps {
  readonly settings: StudioSettings;
  readonly onChange: (part: Partial<StudioSettings>) => void;
}

export function MusicMode({ settings, onChange }: MusicModeProps) {
  return (
    <section className="card" aria-label="Music mode">
      <label className="switch">
        <input
          type="checkbox"
          role="switch"
          data-testid="music-mode"
          checked={settings.music}
          aria-describedby="music-hint"
          onChange={(event) => onChange({ music: event.target.checked })}
        />
        <span className="switch-track" aria-hidden="true" />
        <span className="switch-label">Music mode</span>
      </label>
      <p className="hint" id="music-hint">
        Sends your sound as it is: stereo, high bitrate, and nothing that browsers do for speech, such as noise suppression,
        echo cancelling and automatic gain. Wear headphones, or the loudspeaker comes back through the microphone.
      </p>
      {settings.music && (
        <label className="field">
          <span>Sound quality</span>
          <select
            data-testid="music-bitrate"
            value={settings.musicKbps}
            onChange={(event) => onChange({ musicKbps: Number(event.target.value) })}
          >
            {MUSIC_KBPS.map((kbps) => (
              <option key={kbps} value={kbps}>
                {QUALITY_WORDS[kbps] ?? ""} ({kbps} kbit/s)
              </option>
            ))}
          </select>
        </label>
      )}
    </section>
  );
}

const QUALITY_WORDS: Readonly<Record<number, string>> = { 128: "Good", 256: "Very good", 510: "The most Opus gives" };
