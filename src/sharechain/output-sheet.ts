import type { Payee } from "./payees.js";
import type { ShareRules, VersionRules } from "./rules.js";

/** Bytes of an output's amount. */
export const AMOUNT_BYTES = 8;

/**
 * The outputs of a window's payees as bytes, in their order. It is kept from one share to the next, since hardly any payee
 * changes its place: amounts are written anew, scripts only where another payee stands than before. A generation transaction
 * then takes whole stretches of it.
 */
export class OutputSheet {
  private bytes = new Uint8Array(0);
  private view = new DataView(this.bytes.buffer);
  private laid: Payee[] = [];
  /** Somebody keeps the list of them as it is. */
  private isKept = false;
  /** Where the output of each begins, and where the last ends. */
  private readonly starts: number[] = [0];
  private unpayable = 0;

  /** The payees, in the order of their outputs: they stay so for who keeps them, whatever is laid out later. */
  keptPayees(): readonly Payee[] {
    this.isKept = true;
    return this.laid;
  }

  /** How many of them have no script. */
  get withoutScript(): number {
    return this.unpayable;
  }

  /** Lays out payees that are in order, each with its amount, and tells each its place. */
  lay(payees: readonly Payee[], version: VersionRules, rules: ShareRules): void {
    if (this.isKept) this.laid = [...this.laid];
    this.isKept = false;
    const { laid, starts } = this;
    const namesAddresses = version.format.payouts === "flat";
    let { bytes, view } = this;
    let start = 0;
    let isShifted = false;
    this.unpayable = 0;
    for (let i = 0; i < payees.length; i++) {
      const payee = payees[i]!;
      // Remembered where the payee is: a look-up in a map for each payee of each share would take longer than all the rest.
      const isOutdated = namesAddresses && payee.scriptOf !== version;
      if (isOutdated) {
        payee.script = rules.scriptOf(payee.address, version);
        payee.scriptOf = version;
      }
      const { script } = payee;
      if (script === null) this.unpayable++;
      if (isOutdated || isShifted || laid[i] !== payee) {
        const end = start + AMOUNT_BYTES + (script === null ? 0 : script.length);
        if (end > bytes.length) {
          this.grow(2 * end);
          ({ bytes, view } = this);
        }
        if (script !== null) bytes.set(script, start + AMOUNT_BYTES);
        // Where this output ends elsewhere than the one that stood here, what follows has to move.
        isShifted = starts[i + 1] !== end;
        starts[i + 1] = end;
        laid[i] = payee;
        payee.place = i;
      }
      view.setUint32(start, payee.low, true);
      view.setUint32(start + 4, payee.high, true);
      start = starts[i + 1]!;
    }
    // What stood behind may be written over before it is asked for again.
    laid.length = payees.length;
    starts.length = payees.length + 1;
  }

  /** Bytes of the outputs of the payees from one place up to, not including, another. */
  size(from: number, to: number): number {
    return this.starts[to]! - this.starts[from]!;
  }

  /** Writes these outputs. */
  copy(from: number, to: number, bytes: Uint8Array, at: number): void {
    bytes.set(this.bytes.subarray(this.starts[from]!, this.starts[to]!), at);
  }

  private grow(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}
