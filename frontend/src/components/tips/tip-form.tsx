/** What a tip is made of. What is typed is read exactly, to the coin's last unit. */
import { type FormEvent, useId, useState } from "react";
import { amountWords, coinOf, exactAmount, readAmount, worthOf, worthWords } from "../../core/tip-amounts";
import { isNative, MESSAGE_BYTES, messageBytes } from "../../core/tip-calls";
import { shortAddress } from "../../core/siwe";
import { useCost } from "../../hooks/tip-cost";
import type { Offer } from "../../hooks/tips";
import type { TipWish } from "../../live/tip-sender";
import type { InstalledWallet } from "../../live/wallets";
import type { Coin } from "../../protocol/tips";
import { TextField } from "../text-field";
import { WalletChoice } from "./wallet-choice";

interface TipFormProps {
  readonly offer: Offer;
  readonly wallets: readonly InstalledWallet[];
  readonly wallet: InstalledWallet;
  readonly busy: boolean;
  readonly onWallet: (id: string) => void;
  readonly onSend: (wish: TipWish) => void;
}

export function TipForm({ offer, wallets, wallet, busy, onWallet, onSend }: TipFormProps) {
  const { tipping, channel } = offer;
  const id = useId();
  const [token, setToken] = useState(tipping.coins[0]?.token ?? "");
  const coin = coinOf(tipping.coins, token) ?? (tipping.coins[0] as Coin);
  const [typed, setTyped] = useState(() => firstAmount(coin));
  const [message, setMessage] = useState("");
  const [tried, setTried] = useState(false);
  const read = readAmount(typed, coin.decimals);
  const amount = "amount" in read ? read.amount : null;
  const bytes = messageBytes(message);
  const cost = useCost(wallet, offer, coin, amount, bytes <= MESSAGE_BYTES ? message : "", busy);
  const problem = "problem" in read ? read.problem : tooLittle(coin, read.amount, channel.minimum);
  const worth = amount === null ? null : worthOf(amount, coin.decimals, priceOf(tipping.prices, coin.token), tipping.currency);
  const short = cost !== null && amount !== null && isShort(cost, coin, amount);
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!busy && amount !== null && problem === "" && bytes <= MESSAGE_BYTES) onSend({ coin, amount, message: message.trim() });
  };
  return (
    <form className="tip-form" onSubmit={send} aria-label="Tip" noValidate>
      <WalletChoice wallets={wallets} wallet={wallet} disabled={busy} onWallet={onWallet} />
      {tipping.coins.length > 1 && (
        <div className="field">
          <label htmlFor={`${id}-coin`}>Coin</label>
          <select
            id={`${id}-coin`}
            value={coin.token}
            disabled={busy}
            data-testid="tip-coin"
            onChange={(event) => {
              const next = coinOf(tipping.coins, event.target.value);
              if (next === undefined) return;
              setToken(next.token);
              setTyped(firstAmount(next));
            }}
          >
            {tipping.coins.map((each) => (
              <option key={each.token} value={each.token}>
                {each.symbol} · {each.name}
              </option>
            ))}
          </select>
        </div>
      )}
      <div className="tip-quick" role="group" aria-label="Amounts to choose from">
        {coin.quick.map((each) => {
          const exact = exactAmount(each, coin.decimals);
          return (
            <button key={each} type="button" className="tip-pick" disabled={busy} aria-pressed={amount === BigInt(each)} data-testid="tip-quick" onClick={() => setTyped(exact)}>
              {amountWords(each, coin.decimals)}
            </button>
          );
        })}
      </div>
      <TextField
        label={`Amount in ${coin.symbol}`}
        value={typed}
        onChange={setTyped}
        inputMode="decimal"
        autoComplete="off"
        disabled={busy}
        data-testid="tip-amount"
        wrong={problem !== "" && (tried || typed !== "")}
        hint={problem !== "" ? (tried || typed !== "" ? problem : "") : worth === null ? "" : `About ${worthWords(worth)}`}
      />
      <div className="field">
        <label htmlFor={`${id}-message`}>Message (shown on the stream)</label>
        <textarea
          id={`${id}-message`}
          rows={2}
          value={message}
          disabled={busy}
          data-testid="tip-message"
          aria-describedby={`${id}-bytes`}
          aria-invalid={bytes > MESSAGE_BYTES || undefined}
          onChange={(event) => setMessage(event.target.value)}
        />
        <p id={`${id}-bytes`} className={bytes > MESSAGE_BYTES ? "problem" : "hint"} data-testid="tip-bytes" aria-live={bytes > MESSAGE_BYTES - 50 ? "polite" : "off"}>
          {bytes} of {MESSAGE_BYTES} bytes{bytes > MESSAGE_BYTES && ": too long"}
        </p>
      </div>
      <dl className="tip-facts">
        <div>
          <dt>Network</dt>
          <dd>{tipping.chain.name}</dd>
        </div>
        <div>
          <dt>Network fee</dt>
          <dd data-testid="tip-fee">
            {cost === null ? "your wallet shows it first" : `about ${amountWords(cost.fee, tipping.chain.currency.decimals)} ${tipping.chain.currency.symbol}`}
          </dd>
        </div>
        {cost !== null && (
          <div>
            <dt>From</dt>
            <dd title={cost.account}>
              {shortAddress(cost.account)}, {amountWords(cost.balance, coin.decimals)} {coin.symbol} there
            </dd>
          </div>
        )}
      </dl>
      {short && (
        <p className="problem" role="status" data-testid="tip-short">
          That is more than this wallet holds for the tip and the fee.
        </p>
      )}
      <button type="submit" className="button button-primary" aria-disabled={busy || problem !== "" || bytes > MESSAGE_BYTES} data-testid="tip-send">
        {amount === null ? "Send" : `Send ${amountWords(amount, coin.decimals)} ${coin.symbol}`}
      </button>
      {!isNative(coin) && (
        <p className="hint">
          {coin.permit
            ? `${coin.symbol} goes in two steps: you sign a permission, which costs nothing, then confirm the tip.`
            : `${coin.symbol} goes in two transactions: you let the contract take exactly this amount, then confirm the tip.`}
        </p>
      )}
      <p className="hint">A tip is final: nobody can take it back. It goes to the artist through a public contract; this site never holds it.</p>
    </form>
  );
}

function firstAmount(coin: Coin): string {
  return coin.quick[0] === undefined ? "" : exactAmount(coin.quick[0], coin.decimals);
}

/** The least amount is one of the chain's own coin. */
function tooLittle(coin: Coin, amount: bigint, minimum: string): string {
  if (!isNative(coin) || amount >= BigInt(minimum)) return "";
  return `The artist takes tips from ${exactAmount(minimum, coin.decimals)} ${coin.symbol} on.`;
}

function priceOf(prices: Readonly<Record<string, string>>, token: string): string | undefined {
  return Object.entries(prices).find(([address]) => address.toLowerCase() === token.toLowerCase())?.[1];
}

function isShort(cost: { fee: bigint; balance: bigint; native: bigint }, coin: Coin, amount: bigint): boolean {
  return isNative(coin) ? cost.native < amount + cost.fee : cost.balance < amount || cost.native < cost.fee;
}
