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
  /** Whether the text that was written last has another weight, or none. */
  isNew: boolean;
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
  /** The entries whose text is in the bytes. */
  private readonly written: Entry[] = [];
  /** Where the text of each begins, and where the last ends. */
  private readonly starts: number[] = [0];

  constructor(rules: ShareRules) {
    this.window = new CountedWindow(({ item }) => ownerKey(item.share, rules), {
      changed: (payee) => this.update(payee),
      cleared: () => {
        this.entries.length = 0;
        this.worthless.clear();
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

  /** Brings their text up to date; returns where it ends. */
  private writeEntries(): number {
    const { entries, written, starts } = this;
    let isShifted = false;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (!isShifted && !entry.isNew && written[i] === entry) continue;
      const start = starts[i]!;
      const end = start + entry.head.length + entry.weight.length;
      this.reserve(end);
      this.bytes.set(entry.head, start);
      setAscii(this.bytes, start + entry.head.length, entry.weight);
      entry.isNew = false;
      // Where this text ends elsewhere than the one that stood here, what follows has to move.
      isShifted = starts[i + 1] !== end;
      starts[i + 1] = end;
      written[i] = entry;
    }
    // What stood behind is written over.
    written.length = entries.length;
    starts.length = entries.length + 1;
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
    if (weight === 0n) {
      if (known !== null) entries.splice(at, 1);
      return;
    }
    const entry = known ?? {
      key,
      head: asciiToBytes(`${bytesToHex(binaryStringToBytes(key))}:`),
      weight: "",
      isNew: true,
    };
    entry.weight = `${weight}|`;
    entry.isNew = true;
    if (known === null) entries.splice(at, 0, entry);
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
