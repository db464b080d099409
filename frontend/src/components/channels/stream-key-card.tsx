/** A new stream key for a channel, after a warning of what it ends. */
import { useState } from "react";
import type { Api } from "../../protocol/api";
import type { Channel } from "../../protocol/types";
import { studioPath } from "../../core/target";
import { Link } from "../../router";
import { ConfirmDialog } from "../confirm-dialog";
import { SecretOnce } from "../secret-once";

export function StreamKeyCard({ api, channel }: { api: Api; channel: Channel }) {
  const [asking, setAsking] = useState(false);
  const [key, setKey] = useState<string | null>(null);
  return (
    <section className="card" aria-label="Stream key">
      <h2>Stream key</h2>
      {key === null ? (
        <>
          <p>Whoever has the key can go live here. The server keeps no copy it could show; a new one replaces it.</p>
          <div className="buttons">
            <button type="button" className="button" onClick={() => setAsking(true)}>
              Get a new key
            </button>
          </div>
        </>
      ) : (
        <SecretOnce title="Your new stream key" secrets={[key]} onDone={() => setKey(null)}>
          <p>
            <Link href={studioPath(channel.name, key)}>Go to the studio with it</Link>, or enter it in OBS. It is shown only now.
          </p>
        </SecretOnce>
      )}
      {asking && (
        <RotateDialog
          api={api}
          name={channel.name}
          onKey={(fresh) => {
            setKey(fresh);
            setAsking(false);
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

interface RotateDialogProps {
  readonly api: Api;
  readonly name: string;
  readonly onKey: (key: string) => void;
  readonly onClose: () => void;
}

export function RotateDialog({ api, name, onKey, onClose }: RotateDialogProps) {
  return (
    <ConfirmDialog title={`A new key for ${name}?`} action="Replace the key" onClose={onClose} onConfirm={async () => onKey(await api.channels.rotateKey(name))}>
      <p>The present key stops working at once, in OBS and wherever else you entered it. A broadcast that runs now ends.</p>
    </ConfirmDialog>
  );
}
