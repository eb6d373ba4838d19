import { BoundedMap } from "../../core/bounded.js";

/** Values that are kept; a forgotten one is made again. */
const MOST = 10_000;

/**
 * One object for all connections that need the same: with new work thousands are served one after the other, and what each had
 * of its own would have to be fetched from memory.
 */
export class Shared<T> {
  private readonly known = new BoundedMap<string, T>(MOST);

  /** The one that came first under this key. */
  of(key: string, value: T): T {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.known.set(key, value);
    return value;
  }
}
