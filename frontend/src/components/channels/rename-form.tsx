/** Another name for a channel. */
import { type FormEvent, useState } from "react";
import { nameComplaint, tidyName } from "../../core/channel-names";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

interface RenameFormProps {
  readonly api: Api;
  readonly channel: Channel;
  readonly onRenamed: (name: string) => void;
}

export function RenameForm({ api, channel, onRenamed }: RenameFormProps) {
  const [name, setName] = useState(channel.name);
  const renaming = useAction();
  const complaint = nameComplaint(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void renaming.run(async () => onRenamed((await api.channels.change(channel.name, { name })).name));
  };
  return (
    <form className="card" aria-label="Channel name" onSubmit={submit}>
      <h2>Channel name</h2>
      <TextField
        label="Channel name"
        value={name}
        onChange={(typed) => setName(tidyName(typed))}
        required
        maxLength={40}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        wrong={complaint !== ""}
        hint={complaint || "The old address leads here for 90 days. Not while you are live."}
      />
      <Outcome action={renaming} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={renaming.busy} disabled={complaint !== "" || name === "" || name === channel.name}>
          Rename
        </button>
      </div>
    </form>
  );
}
