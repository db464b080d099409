/** Things a person sets off and waits for: one at a time, with words when it fails. */
import { useCallback, useEffect, useRef, useState } from "react";
import { refusalWords } from "../core/refusals";

export interface Action {
  readonly busy: boolean;
  /** Why the last one failed, empty when it did not. */
  readonly problem: string;
  /** What the last one achieved, as `run`'s function said. */
  readonly outcome: string;
  /** Does nothing while busy. The function may return words on what was achieved. */
  readonly run: (act: () => Promise<string | void>) => Promise<void>;
  readonly clear: () => void;
}

export function useAction(): Action {
  const [state, setState] = useState({ busy: false, problem: "", outcome: "" });
  const busy = useRef(false);
  const run = useCallback(async (act: () => Promise<string | void>) => {
    if (busy.current) return;
    busy.current = true;
    setState({ busy: true, problem: "", outcome: "" });
    try {
      const outcome = (await act()) ?? "";
      setState({ busy: false, problem: "", outcome });
    } catch (error) {
      setState({ busy: false, problem: refusalWords(error), outcome: "" });
    } finally {
      busy.current = false;
    }
  }, []);
  const clear = useCallback(() => setState((before) => ({ ...before, problem: "", outcome: "" })), []);
  return { ...state, run, clear };
}

export interface Loaded<T> {
  readonly value: T | null;
  readonly problem: string;
  /** What was thrown, for those who need more than words. */
  readonly error: unknown;
  readonly reload: () => Promise<void>;
  readonly set: (value: T) => void;
}

const NOTHING_YET = { value: null, problem: "", error: null };

/** What `load` fetches, at first and whenever `load` changes; it has to be the same function otherwise. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ value: T | null; problem: string; error: unknown }>(NOTHING_YET);
  const newest = useRef(0);
  const reload = useCallback(async () => {
    const turn = ++newest.current;
    try {
      const value = await load();
      if (turn === newest.current) setState({ value, problem: "", error: null });
    } catch (error) {
      if (turn === newest.current) setState((before) => ({ ...before, problem: refusalWords(error), error }));
    }
  }, [load]);
  useEffect(() => {
    void reload();
    return () => {
      newest.current += 1;
    };
  }, [reload]);
  const set = useCallback((value: T) => setState({ value, problem: "", error: null }), []);
  return { ...state, reload, set };
}
