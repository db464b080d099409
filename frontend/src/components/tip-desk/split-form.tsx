/** How later tips are divided between several wallets: a band, a label, whoever is to have a share. */
import { type FormEvent, useState } from "react";
import { PAYEES_MAX, percentTyped, readSplit, type Share, type ShareTyped } from "../../core/tip-split";
import { TextField } from "../text-field";

interface SplitFormProps {
  readonly shares: readonly Share[];
  /** The connected account is the channel's payout wallet. */
  readonly isArtist: boolean;
  readonly busy: boolean;
  readonly onDivide: (shares: readonly Share[]) => void;
}

export function SplitForm({ shares, isArtist, busy, onDivide }: SplitFormProps) {
  const [rows, setRows] = useState<readonly ShareTyped[]>(() =>
    shares.map(({ account, basisPoints }) => ({ account, percent: percentTyped(basisPoints) })),
  );
  const [tried, setTried] = useState(false);
  const read = readSplit(rows);
  const wrong = tried && "problem" in read ? read : null;
  const change = (index: number, part: Partial<ShareTyped>) => setRows(rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!busy && "shares" in read) onDivide(read.shares);
  };
  if (!isArtist) return <p className="hint">To divide the channel's tips, connect its payout wallet: this is another account.</p>;
  return (
    <form className="form" noValidate onSubmit={submit} aria-label="Dividing tips" data-testid="split">
      <h3>Divide later tips</h3>
      <p className="hint">
        {rows.length === 0
          ? "All of every tip is yours. Share with a band: each wallet gets its part of every later tip, exact to the last unit, and fetches it by itself."
          : "Put your own wallet among them, too. What rounding leaves goes to the first."}
      </p>
      {rows.map((row, index) => (
        <div className="split-row" key={index}>
          <TextField
            label={`Wallet ${index + 1}`}
            value={row.account}
            onChange={(account) => change(index, { account })}
            maxLength={42}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="0x…"
            wrong={wrong?.row === index}
          />
          <TextField label="Share in %" value={row.percent} onChange={(percent) => change(index, { percent })} inputMode="decimal" autoComplete="off" wrong={wrong?.row === index} />
          <button type="button" className="button" onClick={() => setRows(rows.filter((_, at) => at !== index))}>
            Remove<span className="visually-hidden"> wallet {index + 1}</span>
          </button>
        </div>
      ))}
      <p className="problem" role="alert">
        {wrong === null ? "" : `${wrong.row === null ? "" : `Wallet ${wrong.row + 1}: `}${wrong.problem}`}
      </p>
      <div className="buttons">
        {rows.length < PAYEES_MAX && (
          <button type="button" className="button" onClick={() => setRows([...rows, { account: "", percent: "" }])}>
            Add a wallet
          </button>
        )}
        {(rows.length > 0 || shares.length > 0) && (
          <button type="submit" className="button button-primary" aria-disabled={busy} data-testid="split-save">
            {rows.length === 0 ? "All to me again" : "Divide like this"}
          </button>
        )}
      </div>
    </form>
  );
}
