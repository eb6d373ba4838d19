interface Entry<T> {
  readonly number: number;
  item: T | null;
}

/** Gaps below this are not worth closing. */
const FEW_GAPS = 64;

/** What is open, numbered in the order of opening, so that a page of it can begin anywhere without a walk up to there. */
export class ConnectionList<T> {
  private entries: Entry<T>[] = [];
  private gaps = 0;
  private last: number;

  /** `after`: numbers that were given before, by another that is no more. */
  constructor(after = 0) {
    this.last = after;
  }

  /** Returns its number, which is above those of all before. */
  add(item: T): number {
    const number = ++this.last;
    this.entries.push({ number, item });
    return number;
  }

  remove(number: number): void {
    const entry = this.entries[this.placeOf(number)];
    if (entry === undefined || entry.number !== number || entry.item === null) return;
    entry.item = null;
    this.gaps++;
    // A quarter at most is gaps, and closing them costs four steps for each.
    if (this.gaps < FEW_GAPS || 4 * this.gaps < this.entries.length) return;
    this.entries = this.entries.filter(({ item }) => item !== null);
    this.gaps = 0;
  }

  /** Those with a number above `number`, as many as asked for. */
  after(number: number, limit: number): [number: number, item: T][] {
    const found: [number, T][] = [];
    for (let at = this.placeOf(number + 1); at < this.entries.length && found.length < limit; at++) {
      const { item, number: own } = this.entries[at]!;
      if (item !== null) found.push([own, item]);
    }
    return found;
  }

  /** Of the first entry whose number is not below this one. */
  private placeOf(number: number): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle]!.number < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
