/** A list that the server gives in pages, gathered one page after another. */
import { useCallback, useEffect, useRef, useState } from "react";
import { refusalWords } from "../core/refusals";
import type { ListPage } from "../protocol/types";

export interface Gathered<T> {
  readonly items: readonly T[];
  /** Whether there are more to fetch. */
  readonly more: boolean;
  readonly busy: boolean;
  /** Why the last page could not be fetched, empty when it could. */
  readonly problem: string;
  /** The next page, or again the one that failed. */
  readonly fetchMore: () => void;
  readonly change: (change: (items: readonly T[]) => readonly T[]) => void;
}

interface State<T> {
  readonly items: readonly T[];
  readonly cursor: string | null;
  readonly busy: boolean;
  readonly problem: string;
}

/** Begins anew whenever `load` changes; answers to an earlier one are dropped. It has to be the same function otherwise. */
export function usePages<T>(load: (cursor: string | null) => Promise<ListPage<T>>): Gathered<T> {
  const [state, setState] = useState<State<T>>({ items: [], cursor: null, busy: true, problem: "" });
  const newest = useRef(0);
  const fetch = useCallback(
    async (cursor: string | null) => {
      const turn = ++newest.current;
      setState((before) => ({ ...before, busy: true, problem: "" }));
      try {
        const page = await load(cursor);
        if (turn !== newest.current) return;
        setState((before) => ({
          items: cursor === null ? page.items : [...before.items, ...page.items],
          cursor: page.next_cursor,
          busy: false,
          problem: "",
        }));
      } catch (error) {
        if (turn === newest.current) setState((before) => ({ ...before, busy: false, problem: refusalWords(error) }));
      }
    },
    [load],
  );
  useEffect(() => {
    void fetch(null);
    return () => {
      newest.current += 1;
    };
  }, [fetch]);
  const { items, cursor, busy, problem } = state;
  const fetchMore = () => {
    if (!busy) void fetch(cursor);
  };
  const change = useCallback(
    (edit: (items: readonly T[]) => readonly T[]) => setState((before) => ({ ...before, items: edit(before.items) })),
    [],
  );
  return { items, more: cursor !== null, busy, problem, fetchMore, change };
}
