/** The way to tip; not there where that is impossible. The dialog, and all it needs of wallets, is loaded when it opens. */
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useOffer, useTips } from "../../hooks/tips";
import type { TipSender } from "../../live/tip-sender";
import type { Api } from "../../protocol/api";
import { Icon } from "../icons";
import { PageBoundary } from "../page-boundary";
import "../../styles/tips.css";

const TipDialog = lazy(() => import("./tip-dialog").then((module) => ({ default: module.TipDialog })));

interface TipButtonProps {
  readonly api: Api;
  readonly name: string;
  readonly title: string;
  /** When the broadcast began; null while there is none. */
  readonly broadcast: string | null;
  /** Where tips go, as the channel tells it: an artist may say so while they are live. */
  readonly wallet: string | null;
  readonly small?: boolean;
}

export function TipButton({ api, name, title, broadcast, wallet, small = false }: TipButtonProps) {
  const { value: offer, reload } = useOffer(api, name);
  const [open, setOpen] = useState(false);
  // It follows the last tip on, also while the dialog is closed.
  const sender = useRef<TipSender | null>(null);
  useTips(name, (event) => sender.current?.heard(event));
  useEffect(() => void reload(), [reload, broadcast, wallet]);
  useEffect(() => () => sender.current?.forget(), []);
  if (offer === null || offer === "none" || offer.channel.artist === null) return null;
  return (
    <>
      <button
        type="button"
        className={small ? "chat-tool tip-tool" : "button button-primary tip-button"}
        data-testid={small ? "tip-small" : "tip"}
        aria-haspopup="dialog"
        {...(small && { "aria-label": "Tip", title: "Tip" })}
        onClick={() => {
          void reload();
          setOpen(true);
        }}
      >
        <Icon name="tip" />
        {!small && <span className="tip-label">Tip</span>}
      </button>
      {open && (
        <PageBoundary>
          <Suspense fallback={null}>
            <TipDialog api={api} name={name} title={title} offer={offer} sender={sender} onClose={() => setOpen(false)} />
          </Suspense>
        </PageBoundary>
      )}
    </>
  );
}
