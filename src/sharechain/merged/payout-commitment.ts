import { asciiToBytes, binaryStringToBytes, bytesToHex, hashToHex, setAscii } from "../../core/bytes.js";
import { hash256 } from "../../core/hash/index.js";
import type { ShareRules } from "../rules.js";
import type { ShareNode } from "../share-node.js";
import { type CountedPayee, CountedWindow } from "./counted-window.js";
import { ownerKey } from "./owner.js";

/** A payee with its part of the committed text. */
interface Entry {
  readonly key: string;
  /** Hex digits of the script, and a colon. */
  readonly head: Uint8Array;
  /** Decimal digits, and a bar. */
  weight: string;
}

/**
 * What a share commits to of all its payees (spec/20 §9.2), as a cursor: entries stay in the order of their scripts. Their text
 * is kept from one share to the next, since two of them change, and mostly keep their length. Payees of weight 0 are left
 * out, as most nodes have it; one of the two living implementations keeps them.
 */
export class PayoutCommitment {
  private readonly window: CountedWindow;
  /** Ascending by script. */
  private readonly entries: Entry[] = [];
  /** Payees inside the window that are left out. */
  private readonly worthless = new Set<string>();
  private last: { readonly id: string; readonly maxShares: number; readonly hash: string | null } | null = null;
  private bytes = new Uint8Array(0);
  /** Entries whose text is in the bytes; those behind have to be written anew. */
  private written = 0;
  /** Where the text of each of them begins, and where the last ends. */
  private readonly starts: number[] = [0];

  constructor(rules: ShareRules) {
    this.window = new CountedWindow(({ item }) => ownerKey(item.share, rules), {
      changed: (payee) => this.update(payee),
      cleared: () => {
        this.entries.length = 0;
        this.worthless.clear();
        this.written = 0;
      },
    });
  }

  /** 64 hex digits in display order; null if there is nothing to commit to. */
  hash(parent: ShareNode | null, maxShares: number): string | null {
    if (parent === null) return null;
    // Jobs for many payees are made on one tip.
    const { last } = this;
    if (last !== null && last.id === parent.id && last.maxShares === maxShares) return last.hash;
    const text = this.text(parent, maxShares);
    const hash = text === null ? null : hashToHex(hash256(text));
    this.last = { id: parent.id, maxShares, hash };
    return hash;
  }

  /**
   * Whether the two living implementations commit to different things here: one leaves out payees whose every share donates
   * all of it, as we do, and the other does not (spec/20 §9.2). They refuse each other's shares until it is over.
   */
  isDisputed(parent: ShareNode | null, maxShares: number): boolean {
    this.window.moveTo(parent, maxShares);
    return this.worthless.size > 0;
  }

  /** The committed text, true until the next call. */
  text(parent: ShareNode | null, maxShares: number): Uint8Array | null {
    const { window, entries } = this;
    window.moveTo(parent, maxShares);
    if (entries.length === 0) return null;
    const start = this.writeEntries();
    const end = `T:${window.total}|D:${window.donation}`;
    const length = start + end.length;
    this.reserve(length);
    setAscii(this.bytes, start, end);
    return this.bytes.subarray(0, length);
  }

  /** Writes the text of those that lack it; returns where the last ends. */
  private writeEntries(): number {
    const { entries, starts } = this;
    for (let i = this.written; i < entries.length; i++) {
      const { head, weight } = entries[i]!;
      const start = starts[i]!;
      const end = start + head.length + weight.length;
      this.reserve(end);
      this.bytes.set(head, start);
      setAscii(this.bytes, start + head.length, weight);
      starts[i + 1] = end;
    }
    this.written = entries.length;
    return starts[entries.length]!;
  }

  private reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const bytes = new Uint8Array(2 * size);
    bytes.set(this.bytes);
    this.bytes = bytes;
  }

  private update({ key, weight, shares }: CountedPayee): void {
    const { entries } = this;
    if (weight === 0n && shares > 0) this.worthless.add(key);
    else this.worthless.delete(key);
    const at = placeOf(key, entries);
    const known = entries[at]?.key === key ? entries[at]! : null;
    const isLeftOut = weight === 0n;
    if (known === null && isLeftOut) return;
    const digits = `${weight}|`;
    if (known !== null && !isLeftOut && known.weight.length === digits.length) {
      known.weight = digits;
      if (at < this.written) setAscii(this.bytes, this.starts[at]! + known.head.length, digits);
      return;
    }
    // What stands behind has to move.
    this.written = Math.min(this.written, at);
    if (isLeftOut) entries.splice(at, 1);
    else if (known !== null) known.weight = digits;
    else {
      const head = asciiToBytes(`${bytesToHex(binaryStringToBytes(key))}:`);
      entries.splice(at, 0, { key, head, weight: digits });
    }
  }
}

/** Where an entry stands, or would. */
function placeOf(key: string, entries: readonly Entry[]): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
