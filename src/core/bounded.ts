/** Entries set between two looks for the oldest one. */
const RENEWED = 256;

/** A map that forgets the entry that was set longest ago. */
export class BoundedMap<K, V> {
  private readonly entries = new Map<K, V>();
  private readonly maximum: number;
  /**
   * Stands before the oldest entry: a new one has to find it behind the places of all that were forgotten. Made anew now and then all
   * the same, as it keeps alive every table that the map had since.
   */
  private oldest: Iterator<K> = this.entries.keys();
  private sets = 0;

  constructor(maximum: number) {
    this.maximum = maximum;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: K): V | undefined {
    return this.entries.get(key);
  }

  has(key: K): boolean {
    return this.entries.has(key);
  }

  set(key: K, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (++this.sets % RENEWED === 0) this.oldest = this.entries.keys();
    if (this.entries.size <= this.maximum) return;
    const oldest = this.oldest.next();
    if (oldest.done !== true) this.entries.delete(oldest.value);
  }

  delete(key: K): boolean {
    return this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.oldest = this.entries.keys();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries[Symbol.iterator]();
  }
}

/** A set that forgets the member that was added longest ago. */
export class BoundedSet<K> {
  private readonly entries: BoundedMap<K, true>;

  constructor(maximum: number) {
    this.entries = new BoundedMap(maximum);
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: K): boolean {
    return this.entries.has(key);
  }

  add(key: K): void {
    this.entries.set(key, true);
  }

  delete(key: K): boolean {
    return this.entries.delete(key);
  }
}
