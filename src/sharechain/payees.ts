/** A payee of a window, with room for what splitting a subsidy works out about it. */
export class Payee {
  /** What payouts are added up by: the text of an address, or the bytes of a script as characters. Orders equal amounts. */
  readonly key: string;
  /** For display. */
  readonly address: string;
  /** Shares of this payee inside the window; 0 for one that left it. */
  shares = 0;
  /** Where it stands on its window's sheet of outputs. */
  place = 0;
  /** Amount in satoshi, its upper and lower 32 bits; of the last split. */
  high = 0;
  low = 0;
  /** As an output carries it, length byte included; null where there is none. */
  script: Uint8Array | null;
  /** Rules that made the script of an address; null where the script came first. */
  scriptOf: object | null = null;

  constructor(key: string, address: string, script: Uint8Array | null = null) {
    this.key = key;
    this.address = address;
    this.script = script;
  }
}

/** The payees of a window by their keys, and in the order in which they were last sorted. */
export class PayeeRoll<P extends Payee> {
  private readonly byKey = new Map<string, P>();
  /** Newcomers behind, and some that left. */
  private ordered: P[] = [];
  private someLeft = false;

  get(key: string): P | undefined {
    return this.byKey.get(key);
  }

  add(payee: P): P {
    this.byKey.set(payee.key, payee);
    this.ordered.push(payee);
    return payee;
  }

  /** To be called when its last share left. */
  remove(payee: P): void {
    this.byKey.delete(payee.key);
    this.someLeft = true;
  }

  all(): IterableIterator<P> {
    return this.byKey.values();
  }

  /** In any order; whoever sorts them finds them nearly so the next time. */
  inOrder(): P[] {
    if (this.someLeft) {
      this.ordered = this.ordered.filter(({ shares }) => shares > 0);
      this.someLeft = false;
    }
    return this.ordered;
  }

  clear(): void {
    this.byKey.clear();
    this.ordered = [];
    this.someLeft = false;
  }
}

export function setAmount(payee: Payee, amount: bigint): void {
  payee.high = Number(amount >> 32n);
  payee.low = Number(amount & 0xffffffffn);
}

export function amountOf({ high, low }: Payee): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** `amount`: a whole number below 2^53. */
export function setSafeAmount(payee: Payee, amount: number): void {
  payee.high = Math.floor(amount * 2 ** -32);
  payee.low = amount >>> 0;
}

function comesBefore(a: Payee, b: Payee): boolean {
  if (a.high !== b.high) return a.high < b.high;
  return a.low !== b.low ? a.low < b.low : a.key < b.key;
}

/**
 * Insertion: from one share of a chain to the next hardly anything changes its place. Where much does, as after a jump to
 * another chain, it gives up and sorts.
 */
export function sortNearlySorted(payees: Payee[]): void {
  let moves = 8 * payees.length;
  for (let i = 1; i < payees.length; i++) {
    const payee = payees[i]!;
    let place = i;
    for (; place > 0 && comesBefore(payee, payees[place - 1]!); place--) payees[place] = payees[place - 1]!;
    if (place === i) continue;
    payees[place] = payee;
    moves -= i - place;
    if (moves < 0) {
      payees.sort((a, b) => (comesBefore(a, b) ? -1 : 1));
      return;
    }
  }
}

/** What all of them get. */
export function sumOf(payees: readonly Payee[]): bigint {
  // In two halves, each exact: at most some ten thousand amounts are added.
  let high = 0;
  let low = 0;
  for (const payee of payees) {
    high += payee.high;
    low += payee.low;
  }
  return (BigInt(high) << 32n) + BigInt(low);
}

/** Who gets nothing has no output. */
export function isUnpaid({ high, low }: Payee): boolean {
  return high === 0 && low === 0;
}

/** How many get nothing: in payees that are in order they come first. */
export function countUnpaid(payees: readonly Payee[]): number {
  let count = 0;
  while (count < payees.length && isUnpaid(payees[count]!)) count++;
  return count;
}

/** Place of a payee that is not among payees that are in order. */
export function placeAmong(payees: readonly Payee[], payee: Payee): number {
  let from = 0;
  let to = payees.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (comesBefore(payee, payees[middle]!)) to = middle;
    else from = middle + 1;
  }
  return from;
}
