/** What becomes of a tip, in words, and where it can be looked up. */
import { useEffect, useRef } from "react";
import { mood, type Progress, progressWords } from "../../core/tip-progress";
import type { InstalledWallet } from "../../live/wallets";
import type { Tipping } from "../../protocol/tips";

interface TipProgressProps {
  readonly progress: Progress;
  readonly wallet: InstalledWallet;
  readonly tipping: Tipping;
}

export function TipProgress({ progress, wallet, tipping }: TipProgressProps) {
  const section = useRef<HTMLElement>(null);
  const following = progress.step === "following";
  // The form is gone then, and with it what had the focus.
  useEffect(() => {
    if (following && (document.activeElement === document.body || document.activeElement?.tagName === "DIALOG")) section.current?.focus();
  }, [following]);
  const bad = mood(progress) === "bad";
  const words = progressWords(progress, {
    wallet: wallet.name.slice(0, 60),
    chain: tipping.chain.name,
    confirmations: tipping.confirmations,
  });
  const explorer = tipping.chain.explorer;
  return (
    <section ref={section} tabIndex={-1} className="tip-progress" data-testid="tip-progress" data-step={progress.step} data-fate={progress.fate?.kind} data-mood={mood(progress)} aria-label="Your tip">
      <p role="status">{bad ? "" : words}</p>
      <p className="problem" role="alert">
        {bad ? words : ""}
      </p>
      {progress.hash !== "" && (
        <p className="hint">
          Transaction{" "}
          {explorer?.startsWith("https://") ? (
            <a href={`${explorer.replace(/\/$/, "")}/tx/${encodeURIComponent(progress.hash)}`} target="_blank" rel="noopener noreferrer">
              <code>{progress.hash}</code>
            </a>
          ) : (
            <code>{progress.hash}</code>
          )}
        </p>
      )}
    </section>
  );
}
