/** Everything that is kept about the person, to take along; and leaving for good. */
import { useState } from "react";
import { useAction } from "../../hooks/action";
import { useSession } from "../../hooks/session";
import { saveFile } from "../../live/save-file";
import type { Api } from "../../protocol/api";
import { replace } from "../../router";
import { ConfirmDialog } from "../confirm-dialog";
import { Outcome } from "../outcome";

export function Privacy({ api }: { api: Api }) {
  const session = useSession();
  const exporting = useAction();
  const [leaving, setLeaving] = useState(false);
  const download = () =>
    exporting.run(async () => {
      saveFile(await api.accounts.exportMe(), "harmonie-export.json");
      return "Your data is in your downloads.";
    });
  return (
    <>
      <section className="card" aria-label="Your data">
        <h2>Your data</h2>
        <p>Everything this server keeps about you, as one JSON file.</p>
        <Outcome action={exporting} />
        <div className="buttons">
          <button type="button" className="button" aria-disabled={exporting.busy} onClick={() => void download()}>
            Download my data
          </button>
        </div>
      </section>
      <section className="card card-warning" aria-label="Delete the account">
        <h2>Delete the account</h2>
        <p>At once and for good. What others need to make sense of stays without your name.</p>
        <div className="buttons">
          <button type="button" className="button button-danger" onClick={() => setLeaving(true)}>
            Delete my account
          </button>
        </div>
      </section>
      {leaving && (
        <ConfirmDialog
          title="Delete your account?"
          action="Delete for good"
          typed="delete"
          onClose={() => setLeaving(false)}
          onConfirm={async () => {
            await api.accounts.deleteMe();
            session.forget();
            replace("/account/gone");
          }}
        >
          <p>You are signed out everywhere, and nobody can bring the account back, not even the people who run this server.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
