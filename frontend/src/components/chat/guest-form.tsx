/** A name for those who write without an account, where the artist lets them. */
import { useState } from "react";
import { outcomeWords } from "../../core/chat-words";
import { useAction } from "../../hooks/action";
import type { ChatRoom } from "../../live/chat-room";
import { Dialog } from "../dialog";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";

export function GuestForm({ room }: { room: ChatRoom }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const entering = useAction();
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        Write as a guest
      </button>
      {open && (
        <Dialog title="Write as a guest" onClose={() => setOpen(false)}>
          <form
            className="form"
            onSubmit={(event) => {
              event.preventDefault();
              void entering.run(async () => {
                const outcome = await room.enterAsGuest(name.trim());
                if (outcome.kind !== "done") throw new Error(outcomeWords(outcome));
                setOpen(false);
              });
            }}
          >
            <TextField label="Your name here" value={name} onChange={setName} maxLength={32} required autoFocus autoComplete="nickname" />
            <Outcome action={entering} />
            <div className="buttons">
              <button type="submit" className="button button-primary" disabled={entering.busy || name.trim() === ""}>
                Go in
              </button>
              <button type="button" className="button" onClick={() => setOpen(false)}>
                Cancel
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
