import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeLegacyAddress, scriptToAddress } from "../../../src/bitcoin/address.js";
import { bigIntToBytesLE, bytesToHex, concatBytes } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { DraftError } from "../../../src/sharechain/errors.js";
import { splitFlat } from "../../../src/sharechain/flat-payouts.js";
import { Forest } from "../../../src/sharechain/forest.js";
import { amountOf } from "../../../src/sharechain/payees.js";
import { PayoutWindow } from "../../../src/sharechain/payout-window.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { type ShareForest, type ShareNode, TrackedShare } from "../../../src/sharechain/share-node.js";
import type { Split } from "../../../src/sharechain/split.js";
import { syntheticShare } from "./support/synthetic.js";

const rules = new ShareRules({ ...networkByName("bitcoin_regtest"), realChainLength: 12, spread: 10 ** 6 });
const { coin } = rules.network;

const hashOf = (i: number): Uint8Array => new Uint8Array(20).fill(i + 1);
/** Begins with zeros, which version 34 leaves out (spec/01 §8.5). */
const ZEROS = scriptToAddress(concatBytes(Uint8Array.of(0, 20), hashOf(16).fill(0, 0, 3)), coin)!;
/** Scripts of 25 and of 23 bytes, and in the last place but one of 22 or 19. */
const ADDRESSES = [0, 1, 2, 3, 4, 5, 6, 7].map((i) =>
  i === 6
    ? ZEROS
    : encodeLegacyAddress({ version: i % 2 === 0 ? coin.addressVersion : coin.addressP2shVersion!, hash: hashOf(i) }),
);

function chain(addresses: readonly string[]): ShareNode[] {
  const forest: ShareForest = new Forest<TrackedShare>();
  const id = (i: number): string => i.toString(16).padStart(64, "0");
  return addresses.map((address, i) =>
    forest.add(new TrackedShare(syntheticShare({ id: id(i + 1), parent: i === 0 ? null : id(i), address }), 0, null)),
  );
}

function split(window: PayoutWindow, parent: ShareNode, finder: string, subsidy: bigint, version: 34 | 35): Split {
  return splitFlat(
    parent,
    { version: rules.version(version)!, blockTarget: 2n ** 220n, subsidy, finder },
    rules,
    window,
  );
}

describe("outputs as bytes", () => {
  test("are those of the payees, whatever was laid out before", () => {
    const miner = fc.nat(ADDRESSES.length - 2);
    const question = fc.record({
      at: fc.nat(1000),
      finder: fc.nat(ADDRESSES.length - 1),
      // With few satoshi some payees get nothing.
      subsidy: fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** 50n })),
      version: fc.constantFrom<34 | 35>(34, 35),
      // The same parent and subsidy as before, perhaps in another version.
      again: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(miner, { minLength: 3, maxLength: 60 }),
        fc.array(question, { minLength: 1, maxLength: 20 }),
        (miners, asked) => {
          const nodes = chain(miners.map((i) => ADDRESSES[i]!));
          const window = new PayoutWindow();
          let last = asked[0]!;
          const kept: { readonly order: () => { address: string }[]; readonly addresses: readonly string[] }[] = [];
          for (const question of asked) {
            const { finder, version } = question;
            if (!question.again) last = question;
            const { at, subsidy } = last;
            const made = split(window, nodes[at % nodes.length]!, ADDRESSES[finder]!, subsidy, version);
            made.requireScripts(rules.version(version)!);
            const plain = made.payees().map((payee) => {
              const script = rules.payable(payee.address, version === 34 ? "old" : "fixed")!.script;
              return concatBytes(bigIntToBytesLE(amountOf(payee), 8), script);
            });
            const bytes = new Uint8Array(made.size + 3);
            made.copy(bytes, 3);
            assert.equal(bytesToHex(bytes.subarray(3)), bytesToHex(concatBytes(...plain)));
            assert.equal(made.count, plain.length);
            kept.push({ order: made.order(), addresses: made.payees().map(({ address }) => address) });
          }
          for (const { order, addresses } of kept) {
            assert.deepEqual(
              order().map(({ address }) => address),
              addresses,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a payee without a script is refused where it would be paid, and so is a finder", () => {
    const isRefused = (error: unknown): boolean =>
      error instanceof DraftError && error.data.code === "DRAFT_ADDRESS_UNUSABLE";
    const version = rules.version(35)!;
    const [good, other] = [ADDRESSES[0]!, ADDRESSES[1]!];
    const tip = chain([good, "no address", good, good, other]).at(-1)!;
    const window = new PayoutWindow();
    assert.throws(() => split(window, tip, good, 10n ** 9n, 35).requireScripts(version), isRefused);
    split(window, tip, good, 1n, 35).requireScripts(version);
    const clean = chain([good, good, good, other]).at(-1)!;
    assert.throws(
      () => split(new PayoutWindow(), clean, "no address", 10n ** 9n, 35).requireScripts(version),
      isRefused,
    );
    split(new PayoutWindow(), clean, "no address", 100n, 35).requireScripts(version);
  });
});
