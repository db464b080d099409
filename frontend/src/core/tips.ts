/**
 * What is known of a channel's tips: a fold of the room's snapshot and events, without I/O.
 *
 * Tips are sorted by time, then by id. What is announced but in no block yet stands apart (`pending`) and is replaced by
 * the tip of the same transaction. The memory is bounded: the oldest is forgotten.
 */
import type { PendingTip, Tip, TipEvent, TipsSnapshot } from "../protocol/tips";
import { shortAddress } from "./siwe";

export interface TipsState extends TipsSnapshot {
  /** There are no older tips than those here. */
  readonly complete: boolean;
}

/** A snapshot with fewer tips has all of them. */
const SNAPSHOT_TIPS = 30;

export const TIPS_KEPT = 200;
export const PENDING_KEPT = 20;

export const NO_TIPS: TipsState = { recent: [], pending: [], goal: null, top: [], complete: true };

export function tipsFromSnapshot(snapshot: TipsSnapshot): TipsState {
  return { ...snapshot, recent: [...snapshot.recent].sort(byTime), complete: snapshot.recent.length < SNAPSHOT_TIPS };
}

/** Older tips that were fetched; `complete`: before them there are none. What does not fit any more stays away. */
export function withOlderTips(state: TipsState, older: readonly Tip[], complete: boolean): TipsState {
  const known = new Set(state.recent.map(({ id }) => id));
  const all = [...older.filter(({ id }) => !known.has(id)), ...state.recent].sort(byTime);
  const recent = all.slice(-TIPS_KEPT);
  return { ...state, recent, complete: complete && recent.length === all.length };
}

/** Before which tip others have to be fetched to have all since `atMs`; null when they are here, or no more fit. */
export function missingBefore(state: TipsState, atMs: number): string | null {
  const oldest = state.recent[0];
  if (state.complete || oldest === undefined || oldest.at_ms <= atMs || state.recent.length >= TIPS_KEPT) return null;
  return oldest.id;
}

export function applyTipEvent(state: TipsState, event: TipEvent): TipsState {
  switch (event.type) {
    case "tip_pending":
      return pending(state, event.tip);
    case "tip_seen":
      return seen(state, event.tip);
    case "tip_confirmed":
      return rewrite(state, event.id, (tip) => ({ ...tip, state: "confirmed" }));
    case "tip_withdrawn":
      return { ...state, recent: state.recent.filter(({ id }) => id !== event.id) };
    case "tip_dropped":
      return { ...state, pending: withoutTransaction(state.pending, event.transaction) };
    case "tip_message":
      return rewrite(state, event.id, (tip) => ({ ...tip, message: event.message, message_state: event.message_state }));
    case "tip_goal":
      return { ...state, goal: event.goal };
    case "tip_top":
      return { ...state, top: event.top };
    case "tip_forgotten":
      return forgotten(state, event.user);
  }
}

/** One transaction can hold several tips, but only one of them is announced. */
function pending(state: TipsState, tip: PendingTip): TipsState {
  if (state.recent.some(({ transaction }) => transaction === tip.transaction)) return state;
  return { ...state, pending: [...withoutTransaction(state.pending, tip.transaction), tip].slice(-PENDING_KEPT) };
}

function seen(state: TipsState, tip: Tip): TipsState {
  const others = state.recent.filter(({ id }) => id !== tip.id);
  let at = others.length;
  while (at > 0 && byTime(others[at - 1] as Tip, tip) > 0) at -= 1;
  const all = [...others.slice(0, at), tip, ...others.slice(at)];
  const recent = all.slice(-TIPS_KEPT);
  const complete = state.complete && recent.length === all.length;
  return { ...state, recent, complete, pending: withoutTransaction(state.pending, tip.transaction) };
}

function forgotten(state: TipsState, user: string): TipsState {
  const nameless = <T extends Tip | PendingTip>(tip: T): T =>
    tip.from.user === user ? { ...tip, from: { user: null, name: shortAddress(tip.from.wallet), wallet: tip.from.wallet, badges: [] } } : tip;
  return {
    ...state,
    recent: state.recent.map(nameless),
    pending: state.pending.map(nameless),
    top: state.top.map((each) => (each.user === user ? { ...each, user: null, name: shortAddress(each.wallet) } : each)),
  };
}

function withoutTransaction(tips: readonly PendingTip[], transaction: string): readonly PendingTip[] {
  return tips.filter((each) => each.transaction !== transaction);
}

function rewrite(state: TipsState, id: string, change: (tip: Tip) => Tip): TipsState {
  return { ...state, recent: state.recent.map((tip) => (tip.id === id ? change(tip) : tip)) };
}

function byTime(a: Tip, b: Tip): number {
  if (a.at_ms !== b.at_ms) return a.at_ms - b.at_ms;
  // Ids are numbers in decimal digits.
  return a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
