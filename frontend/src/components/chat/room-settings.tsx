/** What a room asks of those who write in it, for owner and moderators. Each change holds at once. */
import { useState } from "react";
import { outcomeWords } from "../../core/chat-words";
import type { ChatRoom } from "../../live/chat-room";
import type { RoomSettings } from "../../protocol/chat";
import { Dialog } from "../dialog";
import { Outcome } from "../outcome";

interface RoomSettingsDialogProps {
  readonly room: ChatRoom;
  readonly settings: RoomSettings;
  /** Owner or admin: who may come in at all, and how long messages are kept, is theirs to say. */
  readonly governs: boolean;
  readonly onClose: () => void;
}

const SLOW: readonly (readonly [number, string])[] = [
  [0, "Off"],
  [3, "3 seconds"],
  [5, "5 seconds"],
  [10, "10 seconds"],
  [30, "30 seconds"],
  [60, "1 minute"],
  [120, "2 minutes"],
  [300, "5 minutes"],
];
const EVERYONE = -1;
const FOLLOWERS: readonly (readonly [number, string])[] = [
  [EVERYONE, "Everyone"],
  [0, "Followers"],
  [600, "Followers for 10 minutes"],
  [3600, "Followers for an hour"],
  [86_400, "Followers for a day"],
  [604_800, "Followers for a week"],
  [2_592_000, "Followers for a month"],
];
const RETENTION: readonly (readonly [number, string])[] = [
  [0, "For ever"],
  [1, "For a day"],
  [7, "For a week"],
  [30, "For a month"],
  [365, "For a year"],
];

export function RoomSettingsDialog({ room, settings: told, governs, onClose }: RoomSettingsDialogProps) {
  const [outcome, setOutcome] = useState({ problem: "", outcome: "" });
  // What was chosen is shown until the room tells how it is.
  const [chosen, setChosen] = useState<Partial<RoomSettings>>({});
  const [before, setBefore] = useState(told);
  if (before !== told) {
    setBefore(told);
    setChosen({});
  }
  const settings = { ...told, ...chosen };
  const change = (part: Partial<RoomSettings>) => {
    setChosen({ ...chosen, ...part });
    void room.command("change_settings", part).then((answer) => {
      const done = answer.kind === "done";
      if (!done) setChosen({});
      setOutcome({ problem: outcomeWords(answer), outcome: done ? "Saved." : "" });
    });
  };
  return (
    <Dialog title="Chat settings" onClose={onClose}>
      <div className="form" data-testid="chat-settings">
        <Choice label="Slow mode" value={settings.slow_mode_s} choices={SLOW} onChange={(slow_mode_s) => change({ slow_mode_s })} unit="seconds" />
        <Choice
          label="Who can write"
          value={settings.followers_only_s ?? EVERYONE}
          choices={FOLLOWERS}
          onChange={(value) => change({ followers_only_s: value === EVERYONE ? null : value })}
          unit="seconds"
        />
        <label className="field">
          Links
          <select value={settings.links} onChange={(event) => change({ links: event.target.value as RoomSettings["links"] })}>
            <option value="allow">Allowed</option>
            <option value="hold">Held until a moderator has looked</option>
            <option value="block">Not allowed</option>
          </select>
        </label>
        {governs && (
          <Choice
            label="Messages are kept"
            value={settings.retention_days}
            choices={RETENTION}
            onChange={(retention_days) => change({ retention_days })}
            unit="days"
          />
        )}
        <Check label="Supporters only" checked={settings.supporters_only} onChange={(supporters_only) => change({ supporters_only })} />
        <Check label="Emoji only" checked={settings.emote_only} onChange={(emote_only) => change({ emote_only })} />
        <Check label="Nobody repeats themselves" checked={settings.unique_messages} onChange={(unique_messages) => change({ unique_messages })} />
        {governs && <Check label="Guests without an account can write" checked={settings.guests} onChange={(guests) => change({ guests })} />}
        <Outcome action={outcome} />
        <div className="buttons">
          <button type="button" className="button" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: number;
  readonly choices: readonly (readonly [number, string])[];
  readonly onChange: (value: number) => void;
  readonly unit: string;
}

function Choice({ label, value, choices, onChange, unit }: ChoiceProps) {
  // A value that somebody set by other means has its own entry.
  const all = choices.some(([each]) => each === value) ? choices : [...choices, [value, `${value} ${unit}`] as const];
  return (
    <label className="field">
      {label}
      <select value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {all.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}
