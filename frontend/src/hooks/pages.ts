/** A list that the server gives in pages, gathered one page after another. */
import { useCallback, useEffect, useState } from "react";
import type { ListPage } from "../protocol/types";
import { type Action, useAction } from "./action";

export interface Gathered<T> {
  readonly items: readonly T[];
  /** Whether there are more to fetch. */
  readonly more: boolean;
  readonly action: Action;
  readonly fetchMore: () => void;
  readonly change: (change: (items: readonly T[]) => readonly T[]) => void;
}

/** `load` has to be the same function at each render. */
export function usePages<T>(load: (cursor: string | null) => Promise<ListPage<T>>): Gathered<T> {
  const [state, setState] = useState<{ items: readonly T[]; cursor: string | null }>({ items: [], cursor: null });
  const action = useAction();
  const { run } = action;
  const fetch = useCallback(
    (cursor: string | null) =>
      void run(async () => {
        const page = await load(cursor);
        setState((before) => ({ items: cursor === null ? page.items : [...before.items, ...page.items], cursor: page.next_cursor }));
      }),
    [run, load],
  );
  useEffect(() => fetch(null), [fetch]);
  const change = useCallback(
    (edit: (items: readonly T[]) => readonly T[]) => setState((before) => ({ ...before, items: edit(before.items) })),
    [],
  );
  return { items: state.items, more: state.cursor !== null, action, fetchMore: () => fetch(state.cursor), change };
}
