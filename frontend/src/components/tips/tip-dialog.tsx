/** Tip somebody: with which wallet, how much, in what coin, with which words; then what becomes of it. */
import { type RefObject, useState } from "react";
import { isBusy, NOT_SENT } from "../../core/tip-progress";
import type { Offer } from "../../hooks/tips";
import { useStored } from "../../hooks/stored";
import { useWallets } from "../../hooks/wallets";
import { TipSender } from "../../live/tip-sender";
import type { Api } from "../../protocol/api";
import { useStore } from "../../store";
import { Dialog } from "../dialog";
import { NoWallet } from "./no-wallet";
import { TipForm } from "./tip-form";
import { TipProgress } from "./tip-progress";

interface TipDialogProps {
  readonly api: Api;
  readonly name: string;
  readonly title: string;
  readonly offer: Offer;
  readonly sender: RefObject<TipSender | null>;
  readonly onClose: () => void;
}

export function TipDialog({ api, name, title, offer, sender: kept, onClose }: TipDialogProps) {
  const { tipping } = offer;
  const [sender] = useState(() => (kept.current ??= new TipSender(name, api.tips)));
  const progress = useStore(sender.store);
  const wallets = useWallets(api, tipping.demo);
  const [{ wallet: chosen }, choose] = useStored("harmonie.tips", { wallet: "" });
  const wallet = wallets.find(({ id }) => id === chosen) ?? wallets[0] ?? null;
  const following = progress.step === "following";
  return (
    <Dialog title={`Tip ${title}`} onClose={onClose}>
      {tipping.demo && (
        <p className="tip-demo" data-testid="tip-demo">
          <strong>Demo.</strong> This chain runs on this machine only; its coins are worth nothing.
        </p>
      )}
      {wallet === null && <NoWallet tipping={tipping} name={name} />}
      {wallet !== null && !following && (
        <TipForm
          offer={offer}
          wallets={wallets}
          wallet={wallet}
          busy={isBusy(progress)}
          onWallet={(id) => choose({ wallet: id })}
          onSend={(wish) => void sender.send(wallet, tipping, wish)}
        />
      )}
      {wallet !== null && progress !== NOT_SENT && <TipProgress progress={progress} wallet={wallet} tipping={tipping} />}
      <div className="buttons">
        {following && (
          <button type="button" className="button" data-testid="tip-again" onClick={() => sender.forget()}>
            Tip again
          </button>
        )}
        {isBusy(progress) && (
          <button type="button" className="button" onClick={() => sender.forget()}>
            Start over
          </button>
        )}
        <button type="button" className="button" data-testid="tip-close" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
