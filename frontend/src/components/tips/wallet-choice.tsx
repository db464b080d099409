/** Which of the wallets pays. What wallets say of themselves is theirs: names are text, icons are pictures and no more. */
import { useId } from "react";
import { DEMO_WALLET } from "../../live/demo-wallet";
import type { InstalledWallet } from "../../live/wallets";

interface WalletChoiceProps {
  readonly wallets: readonly InstalledWallet[];
  readonly wallet: InstalledWallet;
  readonly disabled: boolean;
  readonly onWallet: (id: string) => void;
}

export function WalletChoice({ wallets, wallet, disabled, onWallet }: WalletChoiceProps) {
  const group = useId();
  return (
    <fieldset className="tip-wallets" disabled={disabled}>
      <legend>Pay with</legend>
      {wallets.map((each) => (
        <label key={each.id} className="tip-wallet" data-testid="tip-wallet">
          <input type="radio" name={group} checked={each.id === wallet.id} onChange={() => onWallet(each.id)} />
          {each.icon !== "" && <img src={each.icon} alt="" width={22} height={22} />}
          <bdi>{each.name.slice(0, 60)}</bdi>
          {each.id === DEMO_WALLET && <span className="badge">Play money</span>}
        </label>
      ))}
    </fieldset>
  );
}
