/** Wallets that sign in to the account. */
import { useCallback } from "react";
import { dateWords } from "../../core/account-words";
import { useAction, useLoaded } from "../../hooks/action";
import type { Api } from "../../protocol/api";
import { WalletButtons } from "../account/wallet-buttons";
import { Outcome } from "../outcome";
import { Waiting } from "../waiting";

export function Wallets({ api }: { api: Api }) {
  const load = useCallback(() => api.accounts.wallets(), [api]);
  const wallets = useLoaded(load);
  const loadOptions = useCallback(() => api.accounts.options(), [api]);
  const options = useLoaded(loadOptions).value;
  const removing = useAction();
  const remove = (address: string) =>
    removing.run(async () => {
      await api.accounts.removeWallet(address);
      await wallets.reload();
      return "The wallet no longer signs in here.";
    });
  return (
    <section className="card" aria-label="Wallets">
      <h2>Wallets</h2>
      {wallets.value === null && <Waiting of={wallets} />}
      {wallets.value?.length === 0 && <p>None yet. A wallet you link signs in to this account.</p>}
      <ul className="rows">
        {wallets.value?.map((wallet) => (
          <li key={wallet.address} data-testid="wallet">
            <div>
              <code className="address">{wallet.address}</code>
              <p className="hint">Linked {dateWords(wallet.proven_at)}</p>
            </div>
            <button type="button" className="button" aria-disabled={removing.busy} onClick={() => void remove(wallet.address)}>
              Unlink
            </button>
          </li>
        ))}
      </ul>
      <Outcome action={removing} />
      <h3>Link a wallet</h3>
      {options?.wallet === false ? (
        <p className="hint">Wallets are off on this server: its public address is not configured.</p>
      ) : (
        <WalletButtons
          api={api}
          purpose="link"
          chainId={options?.chain_id ?? null}
          onProof={async (proof) => {
            await api.accounts.addWallet(proof);
            await wallets.reload();
          }}
        />
      )}
    </section>
  );
}
