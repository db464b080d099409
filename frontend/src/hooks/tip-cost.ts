/** What the tip that is being put together would cost; null while nobody can say without asking the person. */
import { useEffect, useState } from "react";
import { tipCall } from "../core/tip-calls";
import { type Cost, costOf } from "../live/tip-cost";
import type { InstalledWallet } from "../live/wallets";
import type { Coin } from "../protocol/tips";
import { useRested } from "./page";
import type { Offer } from "./tips";

const REST_MS = 350;

export function useCost(wallet: InstalledWallet, offer: Offer, coin: Coin, amount: bigint | null, message: string, busy: boolean): Cost | null {
  const [cost, setCost] = useState<Cost | null>(null);
  const rested = useRested(`${amount} ${message}`, REST_MS);
  useEffect(() => {
    let gone = false;
    const { tipping, channel } = offer;
    const { artist } = channel;
    const call = amount === null || artist === null ? null : tipCall({ contract: tipping.contract, coin, amount, artist, channel: channel.channel, broadcast: channel.broadcast, message });
    costOf(wallet.provider, tipping, coin, call).then(
      (found) => gone || setCost(found),
      () => gone || setCost(null),
    );
    return () => {
      gone = true;
    };
    // Amount and message change with each key; they are read when they rest. After each try the wallet may tell more.
  }, [wallet, offer, coin, rested, busy]);
  return cost;
}
