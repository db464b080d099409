/**
 * The guest this browser is in a channel, in local storage: another tab, or a visit days later, is the same guest.
 * Nothing is kept of those who sign in.
 */
import { type Guest, readGuest } from "../core/guest";

export class GuestBook {
  readonly #key: string;
  /** Where there is no storage, for this page. */
  #guest: Guest | null = null;

  constructor(channel: string) {
    this.#key = `harmonie.guest.${channel}`;
  }

  read(): Guest | null {
    try {
      return readGuest(localStorage.getItem(this.#key), Date.now()) ?? this.#guest;
    } catch {
      return this.#guest;
    }
  }

  write(guest: Guest | null): void {
    this.#guest = guest;
    try {
      if (guest === null) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, JSON.stringify(guest));
    } catch {
      // Kept while the page is there.
    }
  }
}
