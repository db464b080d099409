/** Asks before something that cannot be undone. */
import { type ReactNode, useState } from "react";
import { useAction } from "../hooks/action";
import { Dialog } from "./dialog";
import { Outcome } from "./outcome";
import { TextField } from "./text-field";

interface ConfirmDialogProps {
  readonly title: string;
  readonly action: string;
  /** What has to be typed before it can be done; nothing without. */
  readonly typed?: string;
  /** Closes the dialog when it resolves. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function ConfirmDialog({ title, action, typed, onConfirm, onClose, children }: ConfirmDialogProps) {
  const confirming = useAction();
  const [text, setText] = useState("");
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void confirming.run(onConfirm);
        }}
      >
        <div className="dialog-words">{children}</div>
        {typed !== undefined && (
          <TextField label={`Type “${typed}” to go on`} value={text} onChange={setText} autoComplete="off" autoCapitalize="none" />
        )}
        <Outcome action={confirming} />
        <div className="buttons">
          <button type="submit" className="button button-danger" aria-disabled={confirming.busy} disabled={typed !== undefined && text.trim() !== typed}>
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
