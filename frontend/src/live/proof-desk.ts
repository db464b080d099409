/** Where requests that need a proof of identity wait for the person: one question at a time, shared by all who ask. */
import { Store } from "../store";

interface Question {
  readonly answered: (proven: boolean) => void;
}

export class ProofDesk {
  /** Non-null while the person is to be asked. */
  readonly store = new Store<Question | null>(null);
  #asking: Promise<boolean> | null = null;

  /** Resolves once the server took a proof (true) or the person gave up (false). */
  ask = (): Promise<boolean> => {
    this.#asking ??= new Promise<boolean>((resolve) => {
      this.store.set({
        answered: (proven) => {
          this.#asking = null;
          this.store.set(null);
          resolve(proven);
        },
      });
    });
    return this.#asking;
  };
}
