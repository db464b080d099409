/** A channel's picture: chosen as a file; the server cuts it square. */
import { type ChangeEvent, useId } from "react";
import { useAction } from "../../hooks/action";
import { Outcome } from "../outcome";
import { ChannelPicture } from "./channel-picture";
import type { ChannelFormProps } from "./words-form";

const TYPES = ["image/jpeg", "image/png", "image/webp"];
const MAX_BYTES = 5 * 1024 * 1024;

export function PictureForm({ api, channel, onChannel }: ChannelFormProps) {
  const saving = useAction();
  const id = useId();
  const chosen = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    // The same file may be chosen again.
    event.target.value = "";
    if (file === undefined) return;
    void saving.run(async () => {
      if (!TYPES.includes(file.type)) throw new Error("Choose a JPEG, PNG or WebP picture.");
      if (file.size > MAX_BYTES) throw new Error("A picture has at most 5 MB.");
      onChannel(await api.channels.setPicture(channel.name, file));
      return "Saved.";
    });
  };
  const remove = () => saving.run(async () => onChannel(await api.channels.removePicture(channel.name)));
  return (
    <section className="card" aria-label="Picture">
      <h2>Picture</h2>
      <div className="picture-row">
        <ChannelPicture channel={channel} large />
        <div className="form">
          <label htmlFor={id}>{saving.busy ? "One moment…" : "Choose a picture"}</label>
          <input id={id} type="file" accept={TYPES.join(",")} disabled={saving.busy} onChange={chosen} />
          <p className="hint">JPEG, PNG or WebP, at most 5 MB. It is cut square.</p>
          {channel.picture && (
            <div className="buttons">
              <button type="button" className="button" aria-disabled={saving.busy} onClick={() => void remove()}>
                Take it away
              </button>
            </div>
          )}
        </div>
      </div>
      <Outcome action={saving} />
    </section>
  );
}
