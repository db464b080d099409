/** What can be fetched, coin by coin. */
import { amountWords, exactAmount } from "../../core/tip-amounts";
import type { OwedCoin } from "../../live/payout";
import type { Coin } from "../../protocol/tips";

interface OwedCoinsProps {
  readonly owed: readonly OwedCoin[];
  readonly busy: boolean;
  readonly onFetch: (coin: Coin) => void;
}

export function OwedCoins({ owed, busy, onFetch }: OwedCoinsProps) {
  const some = owed.filter(({ amount }) => amount > 0n);
  if (some.length === 0) return <p data-testid="owed-nothing">There is nothing to fetch for this account.</p>;
  return (
    <ul className="rows" aria-label="To be fetched">
      {some.map(({ coin, amount }) => (
        <li key={coin.token} data-testid="owed">
          <div title={`${exactAmount(amount, coin.decimals)} ${coin.symbol}`}>
            <strong>
              {amountWords(amount, coin.decimals)} {coin.symbol}
            </strong>
          </div>
          <button type="button" className="button" aria-disabled={busy} data-testid="fetch" onClick={() => (busy ? undefined : onFetch(coin))}>
            Fetch<span className="visually-hidden"> {coin.symbol}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
