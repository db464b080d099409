/**
 * For those without a wallet in this browser: how to get one, this page for a phone's wallet, and the contract.
 *
 * The code leads to this page and not to a payment: EIP-681 has no way to write the call of the contract, whose argument
 * is a tuple, and a link that only carries a value would be a plain transfer, which the contract refuses.
 */
import { useState } from "react";
import type { Tipping } from "../../protocol/tips";
import { QrCode } from "../qr-code";

export function NoWallet({ tipping, name }: { tipping: Tipping; name: string }) {
  const { chain, contract } = tipping;
  const [copied, setCopied] = useState(false);
  const page = `${location.origin}/${name}`;
  return (
    <div className="no-wallet" data-testid="tip-no-wallet">
      <p>
        Tips are coins on {chain.name}, sent from a wallet of your own. No wallet was found in this browser.
      </p>
      <ol>
        <li>Install a wallet: an extension for this browser, or an app on your phone. It makes you an account in a minute.</li>
        <li>
          Put some {chain.currency.symbol} into it: for the tip, and a little for the network’s fee.
        </li>
        <li>Load this page again, or scan the code with the wallet app, which opens this page in its own browser.</li>
      </ol>
      <QrCode text={page} label={`Code for a phone: leads to ${page}`} />
      <p className="hint">
        Tips go through this contract on {chain.name} (chain {chain.id}):
      </p>
      <p className="no-wallet-contract">
        <code data-testid="tip-contract">{contract}</code>
        <button type="button" className="button" onClick={() => void navigator.clipboard.writeText(contract).then(() => setCopied(true), () => undefined)}>
          {copied ? "Copied" : "Copy"}
        </button>
      </p>
      <p className="hint">
        A tip is a call of its function <code>tip</code>, which this page makes for you. Do not simply send coins: a plain transfer to the contract is
        refused, and one to anybody else does not show on the stream.
      </p>
    </div>
  );
}
