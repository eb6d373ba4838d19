import { setUint32 } from "../core/bytes.js";
import { DraftError } from "./errors.js";
import { AMOUNT_BYTES, type OutputSheet } from "./output-sheet.js";
import { Payee } from "./payees.js";
import type { VersionRules } from "./rules.js";

/** One payee of a generation transaction. */
export interface Payout {
  readonly address: string;
  /** Satoshi. */
  readonly amount: bigint;
}

/** Payees of a sheet, from one place up to, not including, another. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** Part of a split's outputs: of payees on the sheet, or of one that the sheet does not have with this amount. */
export type SplitPart = Payee | Run;

/**
 * A subsidy divided among the payees of a window: outputs that ascend by amount, then by key, mostly stretches of the window's
 * sheet. True until the window is moved or divided again.
 */
export class Split {
  /** What the donation output gets, after all others. */
  readonly donation: bigint;
  /** Outputs of payees. */
  readonly count: number;
  /** Their bytes. */
  readonly size: number;
  private readonly sheet: OutputSheet;
  private readonly parts: readonly SplitPart[];

  /** `parts`: in the order of the outputs; the `most` last of the payees are paid. */
  constructor(sheet: OutputSheet, parts: readonly SplitPart[], most: number, donation: bigint) {
    this.sheet = sheet;
    this.donation = donation;
    const count = countOf(parts);
    this.parts = count > most ? withoutFirst(parts, count - most) : parts;
    this.count = Math.min(count, most);
    let size = 0;
    for (const part of this.parts) {
      if (part instanceof Payee) size += AMOUNT_BYTES + (part.script === null ? 0 : part.script.length);
      else size += sheet.size(part.from, part.to);
    }
    this.size = size;
  }

  /** @throws DraftError for a payee whose address has no script in a version. */
  requireScripts({ format }: VersionRules): void {
    const added = this.parts.find((part) => part instanceof Payee);
    if (this.sheet.withoutScript === 0 && added?.script !== null) return;
    for (const { script, address } of this.payees()) {
      if (script !== null) continue;
      throw new DraftError(`cannot pay ${address} in version ${format.version}`, { code: "DRAFT_ADDRESS_UNUSABLE" });
    }
  }

  /** In the order of the outputs. */
  payees(): Payee[] {
    return this.order()();
  }

  /** The same for whoever asks later, when the split itself is not true any more. */
  order(): () => Payee[] {
    const laid = this.sheet.keptPayees();
    const { parts } = this;
    return () => parts.flatMap((part) => (part instanceof Payee ? part : laid.slice(part.from, part.to)));
  }

  /** Writes the outputs: `size` bytes at `offset`. */
  copy(bytes: Uint8Array, offset: number): void {
    let at = offset;
    for (const part of this.parts) {
      if (part instanceof Payee) {
        setUint32(bytes, at, part.low);
        setUint32(bytes, at + 4, part.high);
        bytes.set(part.script!, at + AMOUNT_BYTES);
        at += AMOUNT_BYTES + part.script!.length;
      } else if (part.to > part.from) {
        this.sheet.copy(part.from, part.to, bytes, at);
        at += this.sheet.size(part.from, part.to);
      }
    }
  }
}

function countOf(parts: readonly SplitPart[]): number {
  let count = 0;
  for (const part of parts) count += part instanceof Payee ? 1 : part.to - part.from;
  return count;
}

function withoutFirst(parts: readonly SplitPart[], count: number): SplitPart[] {
  const kept: SplitPart[] = [];
  let left = count;
  for (const part of parts) {
    const dropped = Math.min(left, countOf([part]));
    left -= dropped;
    if (!(part instanceof Payee)) kept.push({ from: part.from + dropped, to: part.to });
    else if (dropped === 0) kept.push(part);
  }
  return kept;
}
