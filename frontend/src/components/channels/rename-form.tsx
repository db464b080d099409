/** Another name for a channel. */
import { type FormEvent, useState } from "react";
import { canBeName } from "../../core/channel-names";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { Outcome } from "../outcome";
import { ChannelNameField } from "./channel-name-field";

interface RenameFormProps {
  readonly api: Api;
  readonly channel: Channel;
  readonly onRenamed: (name: string) => void;
}

export function RenameForm({ api, channel, onRenamed }: RenameFormProps) {
  const [name, setName] = useState(channel.name);
  const renaming = useAction();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // A channel without a title of its own is called by its name, so that goes along.
    const title = channel.title === channel.name ? { title: name } : {};
    void renaming.run(async () => onRenamed((await api.channels.change(channel.name, { name, ...title })).name));
  };
  return (
    <form className="card" aria-label="Channel name" onSubmit={submit}>
      <h2>Channel name</h2>
      <ChannelNameField value={name} onChange={setName} hint="The old address leads here for 90 days. Not while you are live." />
      <Outcome action={renaming} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={renaming.busy} disabled={!canBeName(name) || name === channel.name}>
          Rename
        </button>
      </div>
    </form>
  );
}
