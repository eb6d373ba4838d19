import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bytesToHex, hashToHex, hexToBytes, hexToHash } from "../../../src/core/bytes.js";
import { bitsToTarget } from "../../../src/core/compact.js";
import { hash256 } from "../../../src/core/hash/index.js";
import { networkByName } from "../../../src/networks/index.js";
import type { ShareContents } from "../../../src/sharechain/contents.js";
import { ShareError, type ShareErrorCode } from "../../../src/sharechain/errors.js";
import { gentxWithWitness } from "../../../src/sharechain/gentx.js";
import { expectedPayouts } from "../../../src/sharechain/payouts.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { encodeShare, loadShare } from "../../../src/sharechain/share.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { resolveTransactions } from "../../../src/sharechain/transaction-lists.js";
import { redraft } from "../../../src/sharechain/verify.js";
import { IGNORANT_DAEMON } from "../../vectors/handlers/share-network.js";
import { remine } from "./support/remine.js";
import { GENTX, S1, S2, S3, S4, S5, S6, T1, T2, U1, V1, type WorkedShare } from "./support/worked-shares.js";

// spec/03 §12 and spec/04 §13.4, §13.6: single shares that the specification takes apart.

const LITECOIN = new ShareRules(networkByName("litecoin_testnet"));
const CASH = new ShareRules({ ...networkByName("bitcoincash_testnet"), maxTarget: 2n ** 256n / 20n - 1n });
const NOW = 1_600_001_000;

function load({ hex }: WorkedShare, rules = LITECOIN): ReturnType<typeof loadShare> {
  return loadShare(hexToBytes(hex), rules);
}

/** A tracker with a chain of worked shares, every one verified in its place. */
function chain(shares: readonly WorkedShare[], rules = LITECOIN): { tracker: Tracker; nodes: ShareNode[] } {
  const tracker = new Tracker(rules);
  const nodes = shares.map((worked) => {
    const node = tracker.add(load(worked, rules), 0)!;
    assert.equal(node.id, worked.id);
    const verdict = tracker.verify(node, NOW, IGNORANT_DAEMON);
    assert.ok(verdict.ok, verdict.ok ? "" : verdict.reason);
    return node;
  });
  return { tracker, nodes };
}

const A1 = "tltc1qw508d6qejxtdg4y5r3zarvary0c5xw7klfsuq0";
const A2 = "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r";
const A3 = "QXHFfTBKYXjaaTH1e7Rox8CcdNPGHVhM59";

describe("worked shares", () => {
  test("S1 to S6 verify, and pay what the specification says in its order", () => {
    const { tracker, nodes } = chain([S1, S2, S3, S4, S5, S6]);
    const paid = nodes.map((node) => {
      const { payees, donation } = redraft(node, [], LITECOIN, tracker.windows);
      return [...payees().map(({ address, amount }) => [address, Number(amount)]), Number(donation)];
    });
    assert.deepEqual(paid, [
      [[A1, 25000000], 4975000000],
      [[A2, 25000000], 4975000000],
      [[A1, 5000000000], 0],
      [[A3, 25000000], [A2, 2462638284], [A1, 2487500000], 24861716],
      [[A2, 1666758856], [A1, 3316666666], 16574478],
      [[A2, 547252952], [A1, 2236111111], 2216635937],
    ]);
    assert.deepEqual(
      nodes.map(({ item }) => [item.share.info.absheight, Number(item.share.info.abswork)]),
      [1, 2, 3, 4, 5, 6].map((height) => [height, 20 * height]),
    );
    assert.deepEqual(
      nodes.map(({ item }) => item.share.isBlockSolution),
      [false, false, false, false, false, true],
    );

    const expected = expectedPayouts(nodes[5]!, bitsToTarget(0x1e0fffff), 5_000_000_000n, LITECOIN, tracker.windows);
    assert.deepEqual(
      expected,
      new Map([
        [A1, 2500000000n],
        [A2, 1658337783n],
        [LITECOIN.donationAddress, 841662217n],
      ]),
    );
  });

  test("S1 and S5: the generation transaction byte by byte", () => {
    const { tracker, nodes } = chain([S1, S2, S3, S4, S5]);
    const first = redraft(nodes[0]!, [], LITECOIN, tracker.windows);
    assert.equal(bytesToHex(first.gentx), GENTX.S1);
    assert.equal(bytesToHex(first.refHash), "99c00270862b502b07716d4c6c80cb2fae9f91311e3988dd9a63b75791c408b9");
    assert.equal(hashToHex(hash256(first.gentx)), "e3ca6627fe39a315e82eb374b09db72245a87f78ebb2828a5d1f148050cc6b24");
    const full = gentxWithWitness(first.gentx);
    assert.deepEqual([first.gentx.length, full.length, full.length + 3 * first.gentx.length], [259, 295, 1072]);
    assert.equal(bytesToHex(redraft(nodes[4]!, [], LITECOIN, tracker.windows).gentx), GENTX.S5);
  });

  test("S1: header and proof of work", () => {
    const share = load(S1);
    assert.equal(
      bytesToHex(share.headerBytes),
      "000000200011111111111111111111111111111111111111111111111111111111111111246bcc5080141f5d8a82b2eb787fa84522b79db074b32ee815a339fe2766cae300105e5fffff0f1e16000000",
    );
    assert.equal(hashToHex(share.powHash), "0bb32eb55fe29d1230df89bde4dc2942f5dffc243b79ca8e6e84e9606d097925");
  });

  test("T1 and T2: transactions by reference", () => {
    const { nodes } = chain([T1, T2]);
    const a = "5a535d920dd32188978deb76dfd0589ee96fde447c67d5a481a49782cf7172db";
    const b = "18e8f923";
    const c = "9ab47b2d41cce640933f7e9ac332dd9e3e765966340dfc8d1ec83d2867ebcbb5";
    const [first, second] = nodes.map((node) => resolveTransactions(node)!.map(hashToHex));
    assert.equal(first![0], a);
    assert.ok(first![1]!.startsWith(b));
    assert.deepEqual(second, [first![1], c]);
    assert.deepEqual(nodes[1]!.item.share.info.transactions!.refs, [1n, 1n, 0n, 0n]);
    assert.equal(nodes[1]!.item.share.info.timestamp, 1_600_000_007);
  });

  test("T2 with one satoshi too much is naughty, and verifies all the same", () => {
    const fees = new Map([
      ["5a535d920dd32188978deb76dfd0589ee96fde447c67d5a481a49782cf7172db", 1000n],
      ["9ab47b2d41cce640933f7e9ac332dd9e3e765966340dfc8d1ec83d2867ebcbb5", 70n],
    ]);
    const daemon = {
      ...IGNORANT_DAEMON,
      blockHeight: () => 1000,
      fee: (hash: string) => fees.get(hash) ?? (hash.startsWith("18e8f923") ? 500n : undefined),
    };
    for (const [subsidy, naughty] of [
      [5_000_000_570n, 0],
      [5_000_000_571n, 1],
    ] as const) {
      const transactions = resolveTransactions(chain([T1, T2]).nodes[1]!)!;
      const { tracker, nodes } = chain([T1]);
      const share = remine(nodes[0]!, load(T2), { subsidy }, transactions, tracker);
      const verdict = tracker.verify(tracker.add(share, 0)!, NOW, daemon);
      assert.deepEqual([verdict.ok, verdict.naughty], [true, naughty]);
    }
  });

  test("U1 and V1: without segwit", () => {
    const { tracker, nodes } = chain([U1], CASH);
    assert.equal(bytesToHex(redraft(nodes[0]!, [], CASH, tracker.windows).gentx), GENTX.U1);
    assert.equal(hashToHex(nodes[0]!.item.share.powHash), U1.id);
    const v1 = chain([V1], CASH).nodes[0]!.item.share;
    assert.equal(hashToHex(v1.header.merkleRoot), "bf70478a98f0ceb495a9bd52de28b4b2c4cbc6e0df1021168e066e702160f574");
    assert.equal(hashToHex(v1.gentxHash), "affb5d462b82096e9f3e2f9be89affaaf1433c093c265eea22d875a80c8d92f1");
  });

  test("S1 labelled version 34 is another share of the same hash", () => {
    const relabelled = load({ id: S1.id, hex: `22${S1.hex.slice(2)}` });
    assert.deepEqual([relabelled.id, relabelled.version], [S1.id, 34]);
  });
});

describe("rejections", () => {
  const s1 = load(S1);
  const version = LITECOIN.version(35)!;
  const changed = (change: (contents: ShareContents) => ShareContents): string =>
    bytesToHex(encodeShare(change(s1.contents), version));
  const withCoinbase = (length: number): string =>
    changed((contents) => {
      const { info } = contents;
      return { ...contents, info: { ...info, data: { ...info.data, coinbase: new Uint8Array(length) } } };
    });
  const withMinHeader = (patch: object): string =>
    changed((contents) => ({ ...contents, minHeader: { ...contents.minHeader, ...patch } }));
  /** The wrapper around other contents. */
  const wrapped = (contents: string): string => {
    const length = contents.length / 2;
    return `23fd${bytesToHex(Uint8Array.of(length & 0xff, length >> 8))}${contents}`;
  };
  const inner = S1.hex.slice(8);
  const noSegwit = `00${"ff".repeat(32)}`;
  const segwitAt = inner.indexOf(`23${"00".repeat(33)}`) + 2;

  const cases: readonly [string, string, ShareErrorCode, "ban" | "disconnect"][] = [
    ["coinbase of 1 byte", withCoinbase(1), "SHARE_COINBASE_SIZE", "disconnect"],
    ["coinbase of 101 bytes", withCoinbase(101), "SHARE_COINBASE_SIZE", "disconnect"],
    ["type 16", `10${S1.hex.slice(2)}`, "SHARE_OBSOLETE", "ban"],
    ["type 20", `14${S1.hex.slice(2)}`, "SHARE_VERSION_UNKNOWN", "disconnect"],
    ["type 36", `24${S1.hex.slice(2)}`, "SHARE_MALFORMED", "disconnect"],
    ["type 37", `25${S1.hex.slice(2)}`, "SHARE_VERSION_UNKNOWN", "disconnect"],
    ["nonce one lower", withMinHeader({ nonce: s1.header.nonce - 1 }), "SHARE_POW_INVALID", "ban"],
    ["a byte after the contents", wrapped(`${inner}00`), "SHARE_MALFORMED", "disconnect"],
    ["a byte after the wrapper", `${S1.hex}00`, "SHARE_MALFORMED", "disconnect"],
    [
      "no segwit data",
      wrapped(inner.slice(0, segwitAt) + noSegwit + inner.slice(segwitAt + noSegwit.length)),
      "SHARE_SEGWIT_DATA_MISSING",
      "disconnect",
    ],
    ["header version 2^32", wrapped(`ff0000000001000000${inner.slice(10)}`), "SHARE_MALFORMED", "disconnect"],
    [
      "hash link of 2^61 bytes",
      changed((contents) => ({ ...contents, hashLink: { ...contents.hashLink, length: 2n ** 61n } })),
      "SHARE_HASH_LINK",
      "disconnect",
    ],
    ["target past the network's", changedBits(0x2100ffff), "SHARE_TARGET_INVALID", "ban"],
  ];

  function changedBits(bits: number): string {
    return changed((contents) => ({ ...contents, info: { ...contents.info, bits } }));
  }

  for (const [name, hex, code, peer] of cases) {
    test(name, () => {
      assert.throws(
        () => loadShare(hexToBytes(hex), LITECOIN),
        (error) => {
          assert.ok(error instanceof ShareError, String(error));
          assert.deepEqual([error.code, error.peer], [code, peer]);
          return true;
        },
      );
    });
  }

  test("any merkle link is taken from version 34 on, without changing the hash", () => {
    const hex = changed((contents) => ({ ...contents, merkleBranch: [hexToHash("77".padStart(64, "0"))] }));
    assert.equal(loadShare(hexToBytes(hex), LITECOIN).id, S1.id);
  });
});
