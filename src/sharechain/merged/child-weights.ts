import { bytesToBinaryString } from "../../core/bytes.js";
import type { MergedAddress } from "../contents.js";
import type { ShareRules } from "../rules.js";
import type { ShareNode } from "../share-node.js";
import type { AddressMemory } from "./address-memory.js";
import { CountedWindow } from "./counted-window.js";
import { ownerKey } from "./owner.js";

/** How a payee of a merged chain is known: by its script there, or by its script here, which is to be converted. */
export type ChildPayeeKind = "entry" | "owner";

interface ChildWeight {
  readonly kind: ChildPayeeKind;
  /** Bytes as characters. */
  readonly script: string;
  readonly weight: bigint;
}

export interface ChildWeights {
  readonly payees: readonly ChildWeight[];
  readonly total: bigint;
  readonly donation: bigint;
}

/** Owner, as a script's bytes in characters, and entries of a share that is about to be minted. */
export interface OwnEntries {
  readonly owner: string;
  readonly mergedAddresses: readonly MergedAddress[];
}

/** Marks of keys: named by the share itself; may be looked up; never looked up, as it is of a version without merged chains. */
const ENTRY = "e";
const OWNER = "o";
const ELDER = "p";

/** The payees of one merged chain (spec/20 §9.3), as a cursor. */
export class ChildWindow {
  private readonly window: CountedWindow;
  private readonly chainId: number;
  private readonly memory: AddressMemory;

  constructor(chainId: number, memory: AddressMemory, rules: ShareRules) {
    this.chainId = chainId;
    this.memory = memory;
    this.window = new CountedWindow((node) => this.keyOf(node, rules));
  }

  private keyOf({ item: { share } }: ShareNode, rules: ShareRules): string {
    const entry = share.info.mergedAddresses?.find(({ chainId }) => chainId === this.chainId);
    if (entry !== undefined) return ENTRY + bytesToBinaryString(entry.script);
    return (share.format.commitsToMergedPayouts ? OWNER : ELDER) + ownerKey(share, rules);
  }

  /**
   * Whether some payee's place hangs on what a node happened to see: others may then pay it elsewhere, and refuse a proof of
   * what we pay (spec/20 §9.3).
   */
  dependsOnMemory(parent: ShareNode | null, maxShares: number): boolean {
    this.window.moveTo(parent, maxShares);
    for (const { key, weight } of this.window.payees()) if (weight > 0n && key.charAt(0) === OWNER) return true;
    return false;
  }

  /**
   * Weights for a child block committed to by a share on `parent`. `own`: of a share that is not held yet, as verifiers will
   * hold it, and know its entries, by the time they check its proof.
   */
  weights(parent: ShareNode | null, maxShares: number, own: OwnEntries | null = null): ChildWeights {
    const { window, memory, chainId } = this;
    window.moveTo(parent, maxShares);
    const foreseen = own === null ? undefined : memory.foresee(own.owner, own.mergedAddresses);
    const sums = new Map<string, { kind: ChildPayeeKind; script: string; weight: bigint }>();
    for (const { key, weight } of window.payees()) {
      if (weight === 0n) continue;
      const mark = key.charAt(0);
      const owner = key.slice(1);
      const remembered = mark === OWNER ? memory.find(chainId, owner, foreseen) : null;
      const kind = mark === ENTRY || remembered !== null ? "entry" : "owner";
      const script = remembered ?? owner;
      const sum = sums.get(`${kind} ${script}`);
      if (sum === undefined) sums.set(`${kind} ${script}`, { kind, script, weight });
      else sum.weight += weight;
    }
    return { payees: [...sums.values()], total: window.total, donation: window.donation };
  }
}
