/** What the artist does with the alerts while they are live: every button works at once, on every page of the overlay. */
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import type { OverlayCommand, OverlayDesk } from "../../protocol/overlay";
import { Icon, type IconName } from "../icons";
import { Outcome } from "../outcome";

interface ControlBarProps {
  readonly api: Api;
  readonly name: string;
  readonly desk: OverlayDesk;
  readonly onDesk: (desk: OverlayDesk) => void;
}

/** What goes on until it is undone is said as a state. */
const TOLD: Readonly<Record<OverlayCommand, string>> = {
  pause: "",
  resume: "Alerts go on.",
  skip: "The alert on screen is gone.",
  replay: "The last alert is shown again.",
  mute: "",
  unmute: "Alerts sound again.",
  test: "A test alert is on its way to your stream.",
};

export function ControlBar({ api, name, desk, onDesk }: ControlBarProps) {
  const acting = useAction();
  const act = (command: OverlayCommand) =>
    acting.run(async () => {
      await api.overlay.command(name, command);
      if (command === "pause" || command === "resume") onDesk({ ...desk, paused: command === "pause" });
      if (command === "mute" || command === "unmute") onDesk({ ...desk, muted: command === "mute" });
      return TOLD[command];
    });
  const button = (command: OverlayCommand, icon: IconName, words: string) => (
    <button
      type="button"
      className="button"
      aria-disabled={acting.busy}
      data-testid={`overlay-${command}`}
      onClick={() => void act(command)}
    >
      <Icon name={icon} />
      {words}
    </button>
  );
  return (
    <section className="card control-bar" aria-label="Alerts on your stream" data-testid="overlay-controls">
      <div className="buttons" role="group" aria-label="Alerts on your stream">
        {desk.paused ? button("resume", "play", "Resume") : button("pause", "pause", "Pause")}
        {button("skip", "skip", "Skip")}
        {button("replay", "again", "Replay")}
        {desk.muted ? button("unmute", "sound", "Sound on") : button("mute", "muted", "Mute")}
        {button("test", "tip", "Test")}
      </div>
      <p className="control-state" role="status" data-testid="overlay-state">
        {[desk.paused && "Alerts are paused: tips wait.", desk.muted && "Alerts are silent."].filter(Boolean).join(" ")}
      </p>
      <Outcome action={acting} />
    </section>
  );
}
