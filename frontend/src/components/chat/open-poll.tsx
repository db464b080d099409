/** Opening a poll: a question, two to ten answers, and how long. */
import { useState } from "react";
import { useAction } from "../../hooks/action";
import { outcomeWords } from "../../core/chat-words";
import type { ChatRoom } from "../../live/chat-room";
import { Dialog } from "../dialog";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

const DURATIONS: readonly (readonly [number, string])[] = [
  [60, "1 minute"],
  [180, "3 minutes"],
  [300, "5 minutes"],
  [900, "15 minutes"],
];
const OPTIONS_MAX = 10;

export function OpenPoll({ room, onClose }: { room: ChatRoom; onClose: () => void }) {
  const opening = useAction();
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState<readonly string[]>(["", ""]);
  const [durationS, setDurationS] = useState(180);
  const given = options.map((option) => option.trim()).filter((option) => option !== "");
  return (
    <Dialog title="Ask the room" onClose={onClose}>
      <form
        className="form"
        aria-label="Poll"
        onSubmit={(event) => {
          event.preventDefault();
          void opening.run(async () => {
            const outcome = await room.command("open_poll", { question: question.trim(), options: given, duration_s: durationS }, false);
            if (outcome.kind !== "done") throw new Error(outcomeWords(outcome));
            onClose();
          });
        }}
      >
        <TextField label="Question" value={question} onChange={setQuestion} maxLength={200} required autoFocus />
        {options.map((option, index) => (
          // Fields are only ever added at the end.
          <TextField
            key={index}
            label={`Answer ${index + 1}`}
            value={option}
            maxLength={80}
            required={index < 2}
            onChange={(text) => setOptions(options.map((each, at) => (at === index ? text : each)))}
          />
        ))}
        {options.length < OPTIONS_MAX && (
          <button type="button" className="button" onClick={() => setOptions([...options, ""])}>
            Another answer
          </button>
        )}
        <label className="field">
          Open for
          <select value={durationS} onChange={(event) => setDurationS(Number(event.target.value))}>
            {DURATIONS.map(([seconds, words]) => (
              <option key={seconds} value={seconds}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <Outcome action={opening} />
        <div className="buttons">
          <button type="submit" className="button button-primary" disabled={opening.busy || given.length < 2 || question.trim() === ""}>
            Open the poll
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
