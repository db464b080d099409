/** The wallets that a person can pay with, or be paid to. */
import { useEffect, useMemo, useState } from "react";
import { DEMO_WALLET, demoWallet } from "../live/demo-wallet";
import { discoverWallets, type InstalledWallet } from "../live/wallets";
import type { Api } from "../protocol/api";

/** The demo's, and those that are installed. */
export function useWallets(api: Api, demo: boolean): readonly InstalledWallet[] {
  const [installed, setInstalled] = useState<readonly InstalledWallet[]>([]);
  useEffect(() => discoverWallets(setInstalled), []);
  const own = useMemo(() => (demo ? [demoWallet(api.tips)] : []), [api, demo]);
  return useMemo(() => [...own, ...installed.filter(({ id }) => id !== DEMO_WALLET)], [own, installed]);
}
