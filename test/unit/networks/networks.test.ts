import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explainUnpayable } from "../../../src/bitcoin/unpayable.js";
import { bytesToHex } from "../../../src/core/bytes.js";
import { bitsToHex, bitsToTarget, targetToAttempts, targetToBits } from "../../../src/core/compact.js";
import {
  COINS,
  isSegwitActive,
  NETWORK_NAMES,
  NetworkError,
  networkByName,
  type PoolNetwork,
  referenceSubsidy,
  subsidyAtHeight,
} from "../../../src/networks/index.js";

const networks = NETWORK_NAMES.map(networkByName);
const targetHex = (target: bigint): string => target.toString(16).padStart(64, "0");

describe("networks (spec/02)", () => {
  test("coins of our own share chains are the chains of spec/13 §9", () => {
    const facts = (name: string): unknown[] => {
      const { coin, p2pPort, workerPort } = networkByName(name);
      const { daemon } = coin;
      return [
        bytesToHex(coin.p2pPrefix),
        coin.p2pPort,
        coin.rpcPort,
        daemon.chain,
        daemon.knownBlocks[0],
        p2pPort,
        workerPort,
      ];
    };
    const testnet4 = "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043";
    assert.deepEqual(facts("bitcoin_testnet4"), ["1c163f28", 48333, 48332, "testnet4", testnet4, 49333, 49332]);
    const signet = "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6";
    assert.deepEqual(facts("bitcoin_signet"), ["0a03cf40", 38333, 38332, "signet", signet, 39333, 39332]);
    // Every block of signet, whose easiest target is 1e0377ae, is a share.
    assert.ok(networkByName("bitcoin_signet").maxTarget > bitsToTarget(0x1e0377ae));
    for (const port of [49333, 49332, 39333, 39332]) {
      assert.equal(networks.filter(({ p2pPort, workerPort }) => p2pPort === port || workerPort === port).length, 1);
    }
  });

  test("names are unique and lead to their network", () => {
    assert.equal(new Set(NETWORK_NAMES).size, NETWORK_NAMES.length);
    for (const name of NETWORK_NAMES) assert.equal(networkByName(name).name, name);
    assert.throws(() => networkByName("dogecoin"), NetworkError);
    assert.throws(() => networkByName("toString"), { data: { code: "NETWORK_UNKNOWN", path: "" } });
    assert.equal(new Set(COINS.map((coin) => coin.name)).size, COINS.length);
  });

  test("identifiers and prefixes tell the share chains apart", () => {
    for (const field of ["identifier", "prefix"] as const) {
      const values = networks.map((network) => bytesToHex(network[field]));
      assert.equal(new Set(values).size, values.length);
      for (const value of values) assert.equal(value.length, 16);
    }
  });

  test("parameters are within each other's bounds", () => {
    for (const network of networks) {
      const { coin } = network;
      assert.ok(network.realChainLength <= network.chainLength, network.name);
      assert.ok(network.maxTarget < 2n ** 256n && network.minTarget <= network.maxTarget, network.name);
      assert.ok(coin.saneTargetRange.low <= coin.saneTargetRange.high, network.name);
      assert.equal(coin.p2pPrefix.length, 4);
      const newest = network.name.startsWith("litecoin") || network.name === "demo36" ? 36 : 35;
      assert.deepEqual([network.newestShareVersion, network.genesisShareVersion], [newest, newest]);
      for (const hash of coin.daemon.knownBlocks) assert.match(hash, /^[0-9a-f]{64}$/);
    }
  });

  test("max targets as bits, and their attempts (spec/02 §4)", () => {
    const table: [string, string, bigint][] = [
      ["bitcoin", "1d00ffff", 4294967296n],
      ["bitcoin_testnet", "1d00ffff", 4294967296n],
      ["litecoin", "1e0fffff", 1048576n],
      ["litecoin_testnet", "200ccccc", 20n],
      ["bitcoincash", "1d00ffff", 4294967296n],
      ["btcregtest", "207fffff", 2n],
      ["bitcoin_testnet4", "1d00ffff", 4294967296n],
      ["bitcoin_signet", "1e0fffff", 1048576n],
    ];
    for (const [name, bits, attempts] of table) {
      const { maxTarget } = networkByName(name);
      assert.equal(bitsToHex(targetToBits(maxTarget)), bits);
      assert.equal(targetToAttempts(maxTarget), attempts);
    }
    assert.equal(targetToAttempts(bitsToTarget(0x1d00ffff)), 4295032833n);
    assert.equal(
      targetHex(networkByName("litecoin_testnet").maxTarget),
      "0ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccb",
    );
  });

  test("sane ranges (spec/02 §6)", () => {
    const range = (name: string): string[] => {
      const { low, high } = networkByName(name).coin.saneTargetRange;
      return [targetHex(low), targetHex(high)];
    };
    assert.deepEqual(range("bitcoin"), [
      "00000000000010c6f7a0b5ed8d36b4c7f34938583621fafc8b0079a2834d26f9",
      "00000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]);
    assert.deepEqual(range("litecoin"), [
      "000000000000480ebe7b9d58566c87ce9b80a5fb05082bd371c8651c7b299b2f",
      "004189374bc6a7ef9db22d0e5604189374bc6a7ef9db22d0e5604189374bc6a6",
    ]);
  });

  test("the reference halves a block early (spec/02 §2)", () => {
    const table: [string, number, bigint][] = [
      ["bitcoin", 0, 5_000_000_000n],
      ["bitcoin", 209_998, 5_000_000_000n],
      ["bitcoin", 209_999, 2_500_000_000n],
      ["bitcoin", 419_999, 1_250_000_000n],
      ["bitcoin", 839_999, 312_500_000n],
      ["litecoin", 839_998, 5_000_000_000n],
      ["litecoin", 839_999, 2_500_000_000n],
      ["litecoin", 1_680_000, 1_250_000_000n],
      ["btcregtest", 148, 5_000_000_000n],
      ["btcregtest", 149, 2_500_000_000n],
      ["btcregtest", 150, 2_500_000_000n],
      ["btcregtest", 209_998, 0n],
      ["terracoin", 1_049_998, 2_000_000_000n],
      ["terracoin", 1_049_999, 1_000_000_000n],
      ["fastcoin", 2_591_999, 1_600_000_000n],
    ];
    for (const [name, height, subsidy] of table) {
      const { coin } = networkByName(name);
      assert.equal(referenceSubsidy(coin, height), subsidy, `${name} ${height}`);
      assert.equal(subsidyAtHeight(coin, height + 1), subsidy, `${name} ${height}`);
    }
    const { coin } = networkByName("bitcoin");
    assert.deepEqual(
      [209_999, 210_000].map((height) => subsidyAtHeight(coin, height)),
      [5_000_000_000n, 2_500_000_000n],
    );
    // The regtest nodes of the vectors were given the true function.
    const regtest = networkByName("bitcoin_regtest").coin;
    assert.deepEqual(
      [149, 150].map((height) => referenceSubsidy(regtest, height)),
      [5_000_000_000n, 2_500_000_000n],
    );
  });

  test("segwit by share version", () => {
    const active = (name: string, version: number): boolean => isSegwitActive(networkByName(name), version);
    assert.deepEqual(
      [32, 33, 35].map((version) => active("bitcoin", version)),
      [false, true, true],
    );
    assert.deepEqual(
      [16, 17].map((version) => active("litecoin", version)),
      [false, true],
    );
    assert.equal(active("bitcoincash", 255), false);
  });

  test("Bitcoin's regtest has the coin's own addresses", () => {
    const { coin, softforksRequired } = networkByName("btcregtest");
    assert.equal(explainUnpayable("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", coin, 35), null);
    assert.equal(coin.addressP2shVersion, 196);
    assert.ok(!softforksRequired.includes("segwit2x"));
  });

  test("the demo has a share every two seconds and halves as the main chain does", () => {
    const demo: PoolNetwork = networkByName("demo");
    assert.equal(demo.coin.name, "bitcoin_regtest");
    assert.equal(demo.coin.subsidy.interval, 210_000);
    assert.deepEqual([demo.sharePeriod, demo.persist], [2, false]);
    const { low, high } = demo.coin.saneTargetRange;
    assert.ok(low < demo.maxTarget && demo.maxTarget < high);
  });
});
