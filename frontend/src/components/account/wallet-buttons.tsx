/** The wallets installed in this browser, one button each; pressing one asks it for a signature. */
import { useEffect, useState } from "react";
import { chainName, type SiwePurpose } from "../../core/siwe";
import { useAction } from "../../hooks/action";
import { discoverWallets, type InstalledWallet, proveWallet } from "../../live/wallets";
import type { WalletProof } from "../../protocol/account-types";
import type { Api } from "../../protocol/api";
import { Outcome } from "../outcome";

interface WalletButtonsProps {
  readonly api: Api;
  readonly purpose: SiwePurpose;
  readonly chainId: number | null;
  readonly onProof: (proof: WalletProof) => Promise<void>;
}

export function WalletButtons({ api, purpose, chainId, onProof }: WalletButtonsProps) {
  const [wallets, setWallets] = useState<readonly InstalledWallet[]>([]);
  const proving = useAction();
  useEffect(() => discoverWallets(setWallets), []);
  const use = (wallet: InstalledWallet) =>
    proving.run(async () => onProof(await proveWallet(wallet, () => api.accounts.nonce(), purpose)));
  if (wallets.length === 0) {
    return (
      <p className="hint" data-testid="no-wallet">
        No wallet was found in this browser. Install one, such as a wallet extension, or open this page in your wallet's own
        browser; then load the page again.
      </p>
    );
  }
  return (
    <div className="wallets">
      <ul>
        {wallets.map((wallet) => (
          <li key={wallet.id}>
            <button type="button" className="button" aria-disabled={proving.busy} onClick={() => void use(wallet)}>
              {wallet.icon !== "" && <img src={wallet.icon} alt="" width={22} height={22} />}
              {wallet.name}
            </button>
          </li>
        ))}
      </ul>
      <p className="hint" role="status">
        {proving.busy
          ? "Open your wallet and confirm there…"
          : `You sign a short message${chainId === null ? "" : ` for ${chainName(chainId)}`}. It costs nothing and moves nothing.`}
      </p>
      <Outcome action={proving} />
    </div>
  );
}
