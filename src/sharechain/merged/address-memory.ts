import { binaryStringToBytes, bytesToBinaryString } from "../../core/bytes.js";
import type { Share } from "../share.js";
import { pubkeyHashForm } from "./owner.js";

/** Entries kept at most; the reference keeps all. Whoever wants to push others out would have to mine so many shares. */
const MAX_ENTRIES = 100_000;

/**
 * Where owners of shares said that they are paid on merged chains, on any fork, from when a share was first held
 * (spec/20 §9.3). Two honest nodes can disagree on it, as it depends on what they saw and when; every node of the network has
 * it all the same, and refuses what contradicts its own. First come, first kept.
 */
export class AddressMemory {
  private readonly chainIds: readonly number[];
  private readonly scripts = new Map<string, string>();

  constructor(chainIds: readonly number[]) {
    this.chainIds = chainIds;
  }

  /** To be called for every share that is held. */
  learn(share: Share): void {
    const { mergedAddresses } = share.info;
    if (mergedAddresses === null || share.payable === null) return;
    const owner = share.payable.scriptKey;
    for (const { chainId, script } of mergedAddresses) {
      if (script.length === 0 || !this.chainIds.includes(chainId)) continue;
      const text = bytesToBinaryString(script);
      this.remember(chainId, owner, text);
      const form = pubkeyHashForm(owner);
      if (form !== null) this.remember(chainId, form, text);
    }
  }

  private remember(chainId: number, owner: string, script: string): void {
    const key = `${chainId} ${owner}`;
    if (!this.scripts.has(key) && this.scripts.size < MAX_ENTRIES) this.scripts.set(key, script);
  }

  /** Script on a merged chain for an owner's script, both as characters. */
  find(chainId: number, owner: string): string | null {
    const form = pubkeyHashForm(owner);
    return (
      this.scripts.get(`${chainId} ${owner}`) ??
      (form === null ? undefined : this.scripts.get(`${chainId} ${form}`)) ??
      null
    );
  }

  /** The same for scripts as bytes. */
  scriptFor(chainId: number, owner: Uint8Array): Uint8Array | null {
    const found = this.find(chainId, bytesToBinaryString(owner));
    return found === null ? null : binaryStringToBytes(found);
  }
}
