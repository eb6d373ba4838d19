import { bytesToBinaryString } from "../../core/bytes.js";
import type { MergedAddress } from "../contents.js";
import type { Share } from "../share.js";
import { pubkeyHashForm } from "./owner.js";

/** Entries kept at most; the reference keeps all. Whoever wants to push others out would have to mine so many shares. */
const MAX_ENTRIES = 100_000;

/** Scripts on merged chains, as characters, by chain and owner's script. */
type Entries = ReadonlyMap<string, string>;

const NONE: Entries = new Map();

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
  learn({ payable, info }: Share): void {
    if (info.mergedAddresses === null || payable === null) return;
    for (const [key, script] of rememberedOf(payable.scriptKey, info.mergedAddresses, this.chainIds)) {
      if (!this.scripts.has(key) && this.scripts.size < MAX_ENTRIES) this.scripts.set(key, script);
    }
  }

  /** What it will have learnt besides once it holds a share of an owner with these entries. */
  foresee(owner: string, addresses: readonly MergedAddress[]): Entries {
    return rememberedOf(owner, addresses, this.chainIds);
  }

  /** Script on a merged chain for an owner's script, both as characters. `foreseen`: see `foresee`. */
  find(chainId: number, owner: string, foreseen: Entries = NONE): string | null {
    const form = pubkeyHashForm(owner);
    for (const script of form === null ? [owner] : [owner, form]) {
      const key = `${chainId} ${script}`;
      const found = this.scripts.get(key) ?? foreseen.get(key);
      if (found !== undefined) return found;
    }
    return null;
  }
}

/** An owner is known under his own script and under the form to a key's hash of it; the first entry of a chain counts. */
function rememberedOf(owner: string, addresses: readonly MergedAddress[], chainIds: readonly number[]): Entries {
  const entries = new Map<string, string>();
  const form = pubkeyHashForm(owner);
  for (const { chainId, script } of addresses) {
    if (script.length === 0 || !chainIds.includes(chainId)) continue;
    for (const known of form === null ? [owner] : [owner, form]) {
      const key = `${chainId} ${known}`;
      if (!entries.has(key)) entries.set(key, bytesToBinaryString(script));
    }
  }
  return entries;
}
