import { equalBytes } from "../core/bytes.js";

/** An address that shares of a version can pay, or a script that they name. */
export interface PayableAddress {
  /** The same string for all shares that name it, so that they share its memory and compare at once. */
  readonly address: string;
  /** As an output carries it, length byte included. */
  readonly script: Uint8Array;
  /** The script's bytes as characters, without the length: sorts as the bytes do. */
  readonly scriptKey: string;
}

/** What a share's payee stands for. */
export interface NamedPayee {
  /** Payout address text (spec/03 §6, steps 4 and 5). */
  readonly address: string;
  /** Null where the share names an address. */
  readonly payable: PayableAddress | null;
}

interface Entry {
  readonly bytes: Uint8Array;
  readonly type: number | null;
  readonly payee: NamedPayee;
}

const SLOTS = 1024;

/**
 * What the payees of recent shares stand for, by the bytes that name them: a share's payee is mostly one that was seen before,
 * and comparing bytes is ten times as fast as making text of them to look it up. One slot each, so nobody can fill it.
 */
export class RecentPayees {
  private readonly entries = new Array<Entry | null>(SLOTS).fill(null);

  /** `make`: for one that is not remembered; what it throws goes through. */
  get(bytes: Uint8Array, type: number | null, make: () => NamedPayee): NamedPayee {
    const slot = slotOf(bytes);
    const known = this.entries[slot]!;
    if (known !== null && known.type === type && equalBytes(known.bytes, bytes)) return known.payee;
    const payee = make();
    this.entries[slot] = { bytes: bytes.slice(), type, payee };
    return payee;
  }
}

/** FNV-1a. */
function slotOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}
