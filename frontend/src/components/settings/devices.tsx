/** Where the account is signed in, and signing out there. */
import { useCallback } from "react";
import { deviceWords, momentWords } from "../../core/account-words";
import { useAction, useLoaded } from "../../hooks/action";
import { useSession } from "../../hooks/session";
import type { Api } from "../../protocol/api";
import { navigate } from "../../router";
import { Outcome } from "../outcome";
import { Waiting } from "../waiting";

export function Devices({ api }: { api: Api }) {
  const session = useSession();
  const load = useCallback(() => api.accounts.devices(), [api]);
  const devices = useLoaded(load);
  const acting = useAction();
  const revoke = (id: string) =>
    acting.run(async () => {
      await api.accounts.revokeDevice(id);
      await devices.reload();
      return "That device is signed out.";
    });
  const everywhere = () =>
    acting.run(async () => {
      await api.accounts.signOutEverywhere();
      session.forget();
      navigate("/signin");
    });
  return (
    <section className="card" aria-label="Devices">
      <h2>Devices</h2>
      <p className="hint">Something here that you do not know? Sign it out, then change your password. Signing out everywhere includes this device.</p>
      {devices.value === null && <Waiting of={devices} />}
      <ul className="rows">
        {devices.value?.map((device) => (
          <li key={device.id} data-testid="device">
            <div>
              <strong>{deviceWords(device.user_agent)}</strong>
              {device.current && <span className="tag">This device</span>}
              <p className="hint">
                Signed in {momentWords(device.created_at)} with {device.method === "wallet" ? "a wallet" : "the password"}, last seen{" "}
                {momentWords(device.last_seen_at)}
                {device.network !== null && ` from ${device.network}`}
              </p>
            </div>
            {!device.current && (
              <button type="button" className="button" aria-disabled={acting.busy} onClick={() => void revoke(device.id)}>
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      <Outcome action={acting} />
      <div className="buttons">
        <button type="button" className="button" aria-disabled={acting.busy} onClick={() => void everywhere()}>
          Sign out everywhere
        </button>
      </div>
    </section>
  );
}
