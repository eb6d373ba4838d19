import { isExemptAddress } from "../../platform/socket-address.js";
import type { Limits } from "../limits.js";
import { ExtranonceSpace } from "./extranonce.js";

/**
 * Who may connect: bounds of miners' connections, in all and of one address, over all that serve them (spec/11 §4.11), and the
 * four bytes that keep each apart from all others.
 */
export class Seats {
  private readonly limits: Limits;
  private readonly extranonces: ExtranonceSpace;
  private readonly taken = new Map<number, string>();
  private readonly perAddress = new Map<string, number>();

  constructor({ limits, extranonces }: { limits: Limits; extranonces?: ExtranonceSpace }) {
    this.limits = limits;
    this.extranonces = extranonces ?? new ExtranonceSpace();
  }

  get count(): number {
    return this.taken.size;
  }

  /** The connection's extranonce1; null if there are too many. */
  take(address: string): number | null {
    const { connections, connectionsPerAddress } = this.limits;
    const fromAddress = this.perAddress.get(address) ?? 0;
    const isTooMany = fromAddress >= connectionsPerAddress && !isExemptAddress(address);
    if (this.taken.size >= connections || isTooMany) return null;
    this.perAddress.set(address, fromAddress + 1);
    const extranonce1 = this.extranonces.take();
    this.taken.set(extranonce1, address);
    return extranonce1;
  }

  /** The connection is gone. */
  release(extranonce1: number): void {
    const address = this.taken.get(extranonce1);
    if (address === undefined) return;
    this.taken.delete(extranonce1);
    this.extranonces.release(extranonce1);
    const left = this.perAddress.get(address)! - 1;
    if (left > 0) this.perAddress.set(address, left);
    else this.perAddress.delete(address);
  }
}
