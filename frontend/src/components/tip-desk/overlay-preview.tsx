/** How alerts will look and sound with the settings as they are typed. Nothing here goes to the stream. */
import { useEffect, useState } from "react";
import { sampleTip, spokenWords } from "../../core/overlay-words";
import { OverlaySound } from "../../live/overlay-sound";
import { OverlayVoice } from "../../live/overlay-voice";
import type { OverlaySettings } from "../../protocol/overlay";
import type { Tip } from "../../protocol/tips";
import { AlertCard } from "../overlay/alert-card";

interface OverlayPreviewProps {
  readonly settings: Omit<OverlaySettings, "minimum" | "speech_minimum" | "duration_ms">;
  readonly symbol: string;
  readonly currency: string | null;
}

export function OverlayPreview({ settings, symbol, currency }: OverlayPreviewProps) {
  const [play, setPlay] = useState(0);
  const [instruments] = useState(() => ({ sound: new OverlaySound(), voice: new OverlayVoice() }));
  useEffect(
    () => () => {
      instruments.voice.hush();
      instruments.sound.close();
    },
    [instruments],
  );
  const tip: Tip = { ...sampleTip(0, symbol), worth: currency === null ? null : { minor: 1250, currency } };
  const start = () => {
    setPlay(play + 1);
    instruments.sound.ring(settings.sound, settings.volume);
    if (settings.speech) instruments.voice.speak(spokenWords(tip, settings.show_message), settings.volume, () => undefined);
  };
  return (
    <div className="overlay-preview" data-testid="overlay-preview">
      <div className="overlay-preview-stage">
        <AlertCard key={`${play} ${settings.animation}`} tip={tip} settings={settings} />
      </div>
      <button type="button" className="button" onClick={start}>
        Play it here
      </button>
    </div>
  );
}
