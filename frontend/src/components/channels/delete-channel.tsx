/** The end of a channel. */
import { useState } from "react";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { replace } from "../../router";
import { ConfirmDialog } from "../confirm-dialog";

export function DeleteChannel({ api, channel }: { api: Api; channel: Channel }) {
  const [asking, setAsking] = useState(false);
  return (
    <section className="card card-warning" aria-label="Delete the channel">
      <h2>Delete the channel</h2>
      <p>With its picture and its followers, for good. A broadcast that runs now ends.</p>
      <div className="buttons">
        <button type="button" className="button button-danger" onClick={() => setAsking(true)}>
          Delete {channel.name}
        </button>
      </div>
      {asking && (
        <ConfirmDialog
          title={`Delete ${channel.name}?`}
          action="Delete for good"
          typed={channel.name}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await api.channels.delete(channel.name);
            // There is nothing to come back to.
            replace("/channels");
          }}
        >
          <p>Nobody can bring it back.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}
