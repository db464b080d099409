/** What the broadcast is called on the channel page and on the home page. */
import { type FormEvent, useState } from "react";
import type { Target } from "../../live/publisher";
import type { Api } from "../../protocol/api";
import { ProblemError } from "../../protocol/problem";
import { type Channel, isChannelName } from "../../protocol/types";

interface TitleFieldProps {
  readonly api: Api;
  readonly target: Target;
  readonly channel: Channel | null;
  readonly onSaved: (channel: Channel) => void;
}

export function TitleField({ api, target, channel, onSaved }: TitleFieldProps) {
  /** What was typed and not yet saved. */
  const [draft, setDraft] = useState<string | null>(null);
  const [outcome, setOutcome] = useState("");
  const title = draft ?? channel?.title ?? "";
  const ready = isChannelName(target.channel) && target.key !== "";

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setOutcome("Saving…");
    try {
      const saved = await api.setTitle(target.channel, target.key, title.trim());
      onSaved(saved);
      setDraft(null);
      setOutcome("Saved.");
    } catch (error) {
      setOutcome(failureWords(error));
    }
  };
  return (
    <form className="card" aria-label="Title" onSubmit={(event) => void save(event)}>
      <h2>Title</h2>
      <div className="field">
        <label htmlFor="title">What are you playing?</label>
        <span className="field-row">
          <input
            id="title"
            data-testid="title"
            value={title}
            maxLength={120}
            placeholder="An evening of cello suites"
            onChange={(event) => {
              setOutcome("");
              setDraft(event.target.value);
            }}
          />
          <button type="submit" className="button" disabled={!ready || draft === null}>
            Save
          </button>
        </span>
        <p className="hint" role="status">
          {outcome || (ready ? "" : "Saving needs the channel's name and key.")}
        </p>
      </div>
    </form>
  );
}

function failureWords(error: unknown): string {
  if (error instanceof ProblemError) {
    if (error.status === 401 || error.status === 403) return "Not saved: the stream key does not open this channel.";
    if (error.status === 404) return "Not saved: there is no channel by this name.";
    return `Not saved: ${error.message}`;
  }
  return "Not saved: the server could not be reached.";
}
