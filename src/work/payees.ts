import { canonicalAddress } from "../bitcoin/address.js";
import type { Coin } from "../bitcoin/coin.js";
import { explainUnpayable } from "../bitcoin/unpayable.js";

export type PayeeVerdict =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly reason: string };

/** Texts whose verdict is remembered; the oldest goes first. */
const MAX_REMEMBERED = 10_000;

/** Says which payee texts are addresses that a share can pay; miners repeat theirs, so verdicts are remembered. */
export class Payees {
  private readonly coin: Coin;
  private readonly knownCoins: readonly Coin[];
  private readonly verdicts = new Map<string, PayeeVerdict>();
  private version: number | null = null;

  /** `knownCoins`: coins whose addresses can be told apart in messages. */
  constructor({ coin, knownCoins }: { coin: Coin; knownCoins: readonly Coin[] }) {
    this.coin = coin;
    this.knownCoins = knownCoins;
  }

  /** `version`: of the share that would pay it. */
  check(payee: string, version: number): PayeeVerdict {
    if (version !== this.version) this.verdicts.clear();
    this.version = version;
    const known = this.verdicts.get(payee);
    if (known !== undefined) return known;
    const unpayable = explainUnpayable(payee, this.coin, version, this.knownCoins);
    const verdict: PayeeVerdict =
      unpayable === null
        ? { ok: true, address: canonicalAddress(payee, this.coin) }
        : { ok: false, reason: unpayable.reason };
    if (this.verdicts.size >= MAX_REMEMBERED) this.verdicts.delete(this.verdicts.keys().next().value!);
    this.verdicts.set(payee, verdict);
    return verdict;
  }
}
