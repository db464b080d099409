/** What belongs to a wallet and waits in the contract, and how its later tips are divided. Only the wallet can do either. */
import { useState } from "react";
import { useAction } from "../../hooks/action";
import { useWallets } from "../../hooks/wallets";
import { Payout, type Standing } from "../../live/payout";
import type { InstalledWallet } from "../../live/wallets";
import type { Api } from "../../protocol/api";
import type { Tipping } from "../../protocol/tips";
import { Outcome } from "../outcome";
import { WalletChoice } from "../tips/wallet-choice";
import { OwedCoins } from "./owed-coins";
import { SplitForm } from "./split-form";
import "../../styles/tips.css";

interface PayoutCardProps {
  readonly api: Api;
  readonly tipping: Tipping;
  /** The payout wallet of the channel it is about; without, there is nothing to divide. */
  readonly artist?: string | null;
}

export function PayoutCard({ api, tipping, artist = null }: PayoutCardProps) {
  const wallets = useWallets(api, tipping.demo);
  const [chosen, setChosen] = useState("");
  const wallet = wallets.find(({ id }) => id === chosen) ?? wallets[0] ?? null;
  return (
    <section className="card" aria-label="Payout" data-testid="payout">
      <h2>What is yours</h2>
      <p className="hint">Tips wait in the contract for those they belong to. Nobody else can move them, not even this server.</p>
      {wallet === null ? (
        <p>There is no wallet in this browser. Open this page where your wallet is installed.</p>
      ) : (
        <>
          {wallets.length > 1 && <WalletChoice wallets={wallets} wallet={wallet} disabled={false} onWallet={setChosen} />}
          <Connected key={wallet.id} wallet={wallet} tipping={tipping} artist={artist} />
        </>
      )}
    </section>
  );
}

function Connected({ wallet, tipping, artist }: { wallet: InstalledWallet; tipping: Tipping; artist: string | null }) {
  const [payout] = useState(() => new Payout(wallet, tipping));
  const [standing, setStanding] = useState<Standing | null>(null);
  const acting = useAction();
  const look = async () => setStanding(await payout.stand());
  const act = (send: () => Promise<void>, words: string) =>
    acting.run(async () => {
      await send();
      await look();
      return words;
    });
  return (
    <>
      {standing !== null && (
        <>
          <p className="hint">
            Account <code className="address">{standing.account}</code>
          </p>
          <OwedCoins
            owed={standing.owed}
            busy={acting.busy}
            onFetch={(coin) => void act(() => payout.fetch(standing.account, coin), `Your ${coin.symbol} are in your wallet.`)}
          />
          {artist !== null && (
            <SplitForm
              key={standing.shares.map(({ account, basisPoints }) => `${account} ${basisPoints}`).join()}
              shares={standing.shares}
              isArtist={standing.account.toLowerCase() === artist.toLowerCase()}
              busy={acting.busy}
              onDivide={(shares) => void act(() => payout.divide(standing.account, shares), "Tips are divided like this from now on.")}
            />
          )}
        </>
      )}
      {acting.busy && <p role="status">{standing === null ? "Your wallet may ask you…" : "Confirm in your wallet, then wait for the block…"}</p>}
      <Outcome action={acting} />
      <div className="buttons">
        <button
          type="button"
          className={standing === null ? "button button-primary" : "button"}
          aria-disabled={acting.busy}
          data-testid="payout-connect"
          onClick={() => void acting.run(look)}
        >
          {standing === null ? "Connect the wallet" : "Look again"}
        </button>
      </div>
    </>
  );
}
