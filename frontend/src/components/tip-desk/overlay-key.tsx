/** The overlay's address. It is a key: made on demand, shown once, and replaced when it got into the wrong hands. */
import { useState } from "react";
import { overlayAddress } from "../../core/overlay-address";
import { useAction } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import { ConfirmDialog } from "../confirm-dialog";
import { Outcome } from "../outcome";
import { SecretOnce } from "../secret-once";

interface OverlayKeyProps {
  readonly api: Api;
  readonly name: string;
  readonly made: boolean;
  readonly onMade: () => void;
}

export function OverlayKey({ api, name, made, onMade }: OverlayKeyProps) {
  const [token, setToken] = useState("");
  const [asking, setAsking] = useState(false);
  const making = useAction();
  const make = async () => {
    setToken(await api.overlay.rotate(name));
    onMade();
  };
  return (
    <section className="card" aria-label="Address of the overlay" data-testid="overlay-key">
      <h2>In OBS</h2>
      <p className="hint">
        Add a source of the kind “Browser”, paste the address of your overlay, and give it the size of your canvas, such as 1920 by 1080.
        It is transparent, and shows nothing while there is nothing to show.
      </p>
      {token !== "" && (
        <SecretOnce title="The address of your overlay" secrets={[overlayAddress(location.origin, token)]} onDone={() => setToken("")}>
          <p>
            Shown only now. Whoever has it can watch your alerts, so keep it off your stream. For alerts and goal as two sources, add{" "}
            <code>?show=alerts</code> to the one and <code>?show=goal</code> to the other.
          </p>
        </SecretOnce>
      )}
      {token === "" && made && <p>Your overlay has an address. If you did not keep it, or somebody else has it, make a new one.</p>}
      <Outcome action={making} />
      {token === "" && (
        <div className="buttons">
          <button
            type="button"
            className={made ? "button" : "button button-primary"}
            aria-disabled={making.busy}
            data-testid="overlay-make"
            onClick={() => (made ? setAsking(true) : void making.run(make))}
          >
            {made ? "Make a new address" : "Make the overlay's address"}
          </button>
        </div>
      )}
      {asking && (
        <ConfirmDialog
          title="A new address?"
          action="Make a new one"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await make();
            setAsking(false);
          }}
        >
          <p>The present one ends at once: your stream shows no alerts until you paste the new one into OBS.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}
