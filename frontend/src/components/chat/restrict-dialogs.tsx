/** What a moderator decides of a person: silence for a while, a ban, a note for the other moderators. */
import { type ReactNode, useState } from "react";
import { outcomeWords } from "../../core/chat-words";
import { useAction } from "../../hooks/action";
import type { Outcome as Answer } from "../../core/event-types";
import { Dialog } from "../dialog";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

export interface Person {
  readonly id: string;
  readonly name: string;
}

export type Decision = { readonly kind: "time_out" | "ban" | "note"; readonly person: Person };

/** Where decisions are sent. */
export interface Commands {
  command(type: string, fields: Readonly<Record<string, unknown>>, again?: boolean): Promise<Answer>;
}

interface RestrictDialogProps {
  readonly room: Commands;
  readonly decision: Decision;
  readonly onDone: (words: string) => void;
  readonly onClose: () => void;
}

export function RestrictDialog(props: RestrictDialogProps) {
  switch (props.decision.kind) {
    case "time_out":
      return <TimeOut {...props} />;
    case "ban":
      return <Ban {...props} />;
    case "note":
      return <Note {...props} />;
  }
}

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
const TIMES: readonly (readonly [number, string])[] = [
  [MINUTE_S, "1 minute"],
  [10 * MINUTE_S, "10 minutes"],
  [HOUR_S, "1 hour"],
  [DAY_S, "1 day"],
  [7 * DAY_S, "1 week"],
];
const BANS: readonly (readonly [number, string])[] = [
  [0, "For ever"],
  [30 * DAY_S, "30 days"],
  [7 * DAY_S, "1 week"],
  [DAY_S, "1 day"],
];
const REASON_MAX = 200;

function TimeOut({ room, decision: { person }, onDone, onClose }: RestrictDialogProps) {
  const [seconds, setSeconds] = useState(10 * MINUTE_S);
  const [reason, setReason] = useState("");
  const send = () => room.command("time_out", { user: person.id, duration_s: seconds, ...(reason.trim() !== "" && { reason: reason.trim() }) });
  return (
    <Asking title={`Time out ${person.name}`} action="Time out" send={send} done={`${person.name} is timed out.`} onDone={onDone} onClose={onClose}>
      <p className="hint">They can read, but not write until it is over. Their last messages go.</p>
      <Radios legend="For how long" name="time" choices={TIMES} value={seconds} onChange={setSeconds} />
      <TextField label="Reason, which they are told (optional)" value={reason} onChange={setReason} maxLength={REASON_MAX} />
    </Asking>
  );
}

function Ban({ room, decision: { person }, onDone, onClose }: RestrictDialogProps) {
  const [seconds, setSeconds] = useState(0);
  const [reason, setReason] = useState("");
  const [address, setAddress] = useState(false);
  const [shutOut, setShutOut] = useState(false);
  const send = () =>
    room.command("ban", {
      user: person.id,
      ...(seconds > 0 && { duration_s: seconds }),
      ...(reason.trim() !== "" && { reason: reason.trim() }),
      ...(address && { address }),
      ...(address && shutOut && { shut_out: true }),
    });
  return (
    <Asking title={`Ban ${person.name}`} action="Ban" danger send={send} done={`${person.name} is banned.`} onDone={onDone} onClose={onClose}>
      <Radios legend="For how long" name="ban" choices={BANS} value={seconds} onChange={setSeconds} />
      <TextField label="Reason, which they are told (optional)" value={reason} onChange={setReason} maxLength={REASON_MAX} />
      <label className="check">
        <input type="checkbox" checked={address} onChange={(event) => setAddress(event.target.checked)} />
        Their network address too, for as long (at most 30 days; a day if for ever). Others who share it cannot write either.
      </label>
      {address && (
        <label className="check">
          <input type="checkbox" checked={shutOut} onChange={(event) => setShutOut(event.target.checked)} />
          Nobody reads the chat from that address either.
        </label>
      )}
    </Asking>
  );
}

function Note({ room, decision: { person }, onDone, onClose }: RestrictDialogProps) {
  const [text, setText] = useState("");
  const send = () => room.command("note", { user: person.id, text: text.trim() }, false);
  return (
    <Asking
      title={`Note on ${person.name}`}
      action="Keep the note"
      send={send}
      done="The note is kept."
      onDone={onDone}
      onClose={onClose}
      ready={text.trim() !== ""}
    >
      <TextField label="Only moderators of this channel read it" value={text} onChange={setText} maxLength={500} autoFocus />
    </Asking>
  );
}

interface AskingProps {
  readonly title: string;
  readonly action: string;
  readonly danger?: boolean;
  readonly ready?: boolean;
  readonly send: () => Promise<Answer>;
  readonly done: string;
  readonly onDone: (words: string) => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Asking({ title, action, danger = false, ready = true, send, done, onDone, onClose, children }: AskingProps) {
  const asking = useAction();
  const decide = async () => {
    const outcome = await send();
    if (outcome.kind !== "done") throw new Error(outcomeWords(outcome));
    onClose();
    onDone(done);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void asking.run(decide);
        }}
      >
        {children}
        <Outcome action={asking} />
        <div className="buttons">
          <button type="submit" className={danger ? "button button-danger" : "button button-primary"} disabled={asking.busy || !ready}>
            {action}
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface RadiosProps {
  readonly legend: string;
  readonly name: string;
  readonly choices: readonly (readonly [number, string])[];
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Radios({ legend, name, choices, value, onChange }: RadiosProps) {
  return (
    <fieldset className="radios">
      <legend>{legend}</legend>
      {choices.map(([each, words]) => (
        <label key={each}>
          <input type="radio" name={name} checked={value === each} onChange={() => onChange(each)} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}
