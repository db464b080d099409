/** Which wallet a channel's tips go to. */
import { type FormEvent, useState } from "react";
import { useAction } from "../../hooks/action";
import { Outcome } from "../outcome";
import { TextField } from "../text-field";
import type { ChannelFormProps } from "./words-form";

export function PayoutForm({ api, channel, onChannel }: ChannelFormProps) {
  const [address, setAddress] = useState(channel.payout_wallet ?? "");
  const saving = useAction();
  const save = (next: string) =>
    saving.run(async () => {
      const saved = await api.channels.setPayoutWallet(channel.name, next);
      setAddress(saved.payout_wallet ?? "");
      onChannel(saved);
      return saved.payout_wallet === null ? "The channel takes no tips." : "Saved. Tips go there from now on.";
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(address.trim());
  };
  return (
    <form className="card" aria-label="Payout wallet" onSubmit={submit}>
      <h2>Payout wallet</h2>
      <TextField
        label="Address"
        value={address}
        onChange={setAddress}
        maxLength={42}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder="0x…"
        hint="Tips go straight to this wallet. It is public. Check it twice: nobody can call a payment back."
      />
      <Outcome action={saving} />
      <div className="buttons">
        <button type="submit" className="button" aria-disabled={saving.busy} disabled={address.trim() === "" || address.trim() === channel.payout_wallet}>
          Save
        </button>
        {channel.payout_wallet !== null && (
          <button type="button" className="button" aria-disabled={saving.busy} onClick={() => void save("")}>
            Take it away
          </button>
        )}
      </div>
    </form>
  );
}
