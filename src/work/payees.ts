import { AddressError, canonicalAddress, legacyScript } from "../bitcoin/address.js";
import type { Coin } from "../bitcoin/coin.js";
import { explainUnpayable } from "../bitcoin/unpayable.js";
import { BoundedMap } from "../core/bounded.js";
import type { MergedChain } from "../networks/pool-network.js";
import type { MergedAddress } from "../sharechain/contents.js";

export type PayeeVerdict =
  | {
      readonly ok: true;
      readonly address: string;
      /** Where the miner wants to be paid on merged chains. */
      readonly mergedAddresses: readonly MergedAddress[];
    }
  | { readonly ok: false; readonly reason: string };

/** Texts whose verdict is remembered; the oldest goes first. */
const MAX_REMEMBERED = 10_000;

/** Says which payee texts are addresses that a share can pay; miners repeat theirs, so verdicts are remembered. */
export class Payees {
  private readonly coin: Coin;
  private readonly knownCoins: readonly Coin[];
  private readonly mergedChains: readonly MergedChain[];
  private readonly verdicts = new BoundedMap<string, PayeeVerdict>(MAX_REMEMBERED);
  private version: number | null = null;

  /** `knownCoins`: coins whose addresses can be told apart in messages. `mergedChains`: that further addresses are on. */
  constructor(options: {
    readonly coin: Coin;
    readonly knownCoins: readonly Coin[];
    readonly mergedChains?: readonly MergedChain[];
  }) {
    this.coin = options.coin;
    this.knownCoins = options.knownCoins;
    this.mergedChains = options.mergedChains ?? [];
  }

  /** `version`: of the share that would pay it. */
  check(payee: string, version: number): PayeeVerdict {
    if (version !== this.version) this.verdicts.clear();
    this.version = version;
    const known = this.verdicts.get(payee);
    if (known !== undefined) return known;
    const verdict = this.judge(payee.split(","), version);
    this.verdicts.set(payee, verdict);
    return verdict;
  }

  private judge([address = "", ...merged]: readonly string[], version: number): PayeeVerdict {
    const verdict = this.judgeInOrder(address, merged, version);
    const [other] = merged;
    if (verdict.ok || other === undefined || this.mergedChains.length === 0) return verdict;
    // Two that changed places (spec/10 §6.4).
    const swapped = this.judgeInOrder(other, [address, ...merged.slice(1)], version);
    return swapped.ok ? swapped : verdict;
  }

  private judgeInOrder(address: string, merged: readonly string[], version: number): PayeeVerdict {
    const unpayable = explainUnpayable(address, this.coin, version, this.knownCoins);
    if (unpayable !== null) return { ok: false, reason: unpayable.reason };
    const mergedAddresses: MergedAddress[] = [];
    for (const [i, chain] of this.mergedChains.entries()) {
      const text = merged[i];
      if (text === undefined) break;
      try {
        mergedAddresses.push({ chainId: chain.chainId, script: legacyScript(text, chain) });
      } catch (error) {
        if (!(error instanceof AddressError)) throw error;
        return { ok: false, reason: `the address on ${chain.name} cannot be paid: ${error.message}` };
      }
    }
    return { ok: true, address: canonicalAddress(address, this.coin), mergedAddresses };
  }
}
