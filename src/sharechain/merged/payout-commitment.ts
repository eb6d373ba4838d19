import { asciiToBytes, binaryStringToBytes, bytesToHex, hashToHex } from "../../core/bytes.js";
import { hash256 } from "../../core/hash/index.js";
import type { ShareRules } from "../rules.js";
import type { ShareNode } from "../share-node.js";
import { type CountedPayee, CountedWindow } from "./counted-window.js";
import { ownerKey } from "./owner.js";

/** A payee with its part of the committed text: kept, since from one share to the next two of them change. */
interface Entry {
  readonly key: string;
  readonly hex: string;
  text: Uint8Array;
}

/**
 * What a share commits to of all its payees (spec/20 §9.2), as a cursor: entries stay in the order of their scripts. Payees
 * of weight 0 are left out, as most nodes have it; one of the two living implementations keeps them.
 */
export class PayoutCommitment {
  private readonly window: CountedWindow;
  /** Ascending by script. */
  private readonly entries: Entry[] = [];
  /** Payees inside the window that are left out. */
  private readonly worthless = new Set<string>();
  private last: { readonly id: string; readonly maxShares: number; readonly hash: string | null } | null = null;
  private size = 0;
  private room = new Uint8Array(0);

  constructor(rules: ShareRules) {
    this.window = new CountedWindow(({ item }) => ownerKey(item.share, rules), {
      changed: (payee) => this.update(payee),
      cleared: () => {
        this.entries.length = 0;
        this.worthless.clear();
        this.size = 0;
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
    const end = asciiToBytes(`T:${window.total}|D:${window.donation}`);
    const length = this.size + end.length;
    if (this.room.length < length) this.room = new Uint8Array(2 * length);
    let offset = 0;
    for (const { text } of entries) {
      this.room.set(text, offset);
      offset += text.length;
    }
    this.room.set(end, offset);
    return this.room.subarray(0, length);
  }

  private update({ key, weight, shares }: CountedPayee): void {
    const { entries } = this;
    if (weight === 0n && shares > 0) this.worthless.add(key);
    else this.worthless.delete(key);
    const at = placeOf(key, entries);
    const known = entries[at]?.key === key ? entries[at]! : null;
    if (known !== null) this.size -= known.text.length;
    if (weight === 0n) {
      if (known !== null) entries.splice(at, 1);
      return;
    }
    const hex = known?.hex ?? bytesToHex(binaryStringToBytes(key));
    const text = asciiToBytes(`${hex}:${weight}|`);
    this.size += text.length;
    if (known !== null) known.text = text;
    else entries.splice(at, 0, { key, hex, text });
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
