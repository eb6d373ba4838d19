import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Address, NETWORK, OutScript, TEST_NETWORK } from "@scure/btc-signer";
import fc from "fast-check";
import {
  AddressError,
  addressScript,
  canonicalAddress,
  DONATION_SCRIPT,
  donationAddress,
  encodeLegacyAddress,
  type Padding,
  payoutScript,
  resolveAddress,
  scriptToAddress,
  trueScript,
} from "../../../src/bitcoin/address.js";
import type { Coin } from "../../../src/bitcoin/coin.js";
import { bytesToHex, concatBytes } from "../../../src/core/bytes.js";
import { bitcoin, bitcoinTestnet, btcregtest } from "../../../src/networks/coins/bitcoin.js";
import { bitcoincash, bitcoinsv } from "../../../src/networks/coins/cash.js";
import { litecoin, litecoinTestnet } from "../../../src/networks/coins/litecoin.js";
import { fastcoin, terracoin } from "../../../src/networks/coins/small.js";

const H = "751e76e8199196d454941c45d1b3a323f1433bd6";
const WIDE = "63143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262";
const pubkeyHash = (hash: string): string => `76a914${hash}88ac`;
const scriptHash = (hash: string): string => `a914${hash}87`;

/** The table of spec/01 §11; null is an error, a missing third value means the old rule's. */
const TABLE: readonly [Coin, string, old: string | null, fixed?: string | null][] = [
  [bitcoin, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", pubkeyHash(H)],
  [bitcoin, "3CNHUhP3uyB9EUtRLsmvFUmvGdjGdkTxJw", scriptHash(H)],
  [bitcoin, "111ZGovtXGwER4xYPVuT8pVKxSCqAgqx2", pubkeyHash(`0000${H.slice(4)}`)],
  [bitcoin, "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r", null],
  [bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", `0014${H}`],
  [bitcoin, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", `0014${H}`],
  [bitcoin, "bc1qqq08d6qejxtdg4y5r3zarvary0c5xw7k5wcpqe", `0013${H.slice(2)}`, `001400${H.slice(2)}`],
  [bitcoin, "bc1qqqq8d6qejxtdg4y5r3zarvary0c5xw7kvn9v8e", `0012${H.slice(4)}`, `00140000${H.slice(4)}`],
  [bitcoin, "bc1qq508d6qejxtdg4y5r3zarvary0c5xw7kjfrtrk", null, `001405${H.slice(2)}`],
  [bitcoin, "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3", `002018${WIDE}`],
  [bitcoin, "bc1qqp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q86ce84", `001f${WIDE}`],
  [bitcoin, "bc1qq433g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qey69wd", null],
  [bitcoin, "bc1prp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q8ne730", `002018${WIDE}`],
  [bitcoin, "bc1pw50qtq0mkp", "0002751e", `0014${"00".repeat(18)}751e`],
  [bitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", null],
  [litecoin, "LVuDpNCSSj6pQ7t9Pv6d6sUkLKoqDEVUnJ", pubkeyHash(H)],
  [litecoin, "MJaRnao1s62a2zAKSkmG582KbLKianqb7v", scriptHash(H)],
  [litecoin, "3CNHUhP3uyB9EUtRLsmvFUmvGdjGdkTxJw", null],
  [litecoinTestnet, "tltc1qw508d6qejxtdg4y5r3zarvary0c5xw7klfsuq0", `0014${H}`],
  [litecoinTestnet, "QXHFfTBKYXjaaTH1e7Rox8CcdNPGHVhM59", scriptHash(H)],
  [bitcoincash, "bitcoincash:qp63uahgrxged4z5jswyt5dn5v3lzsem6cy4spdc2h", pubkeyHash(H)],
  [bitcoincash, "qp63uahgrxged4z5jswyt5dn5v3lzsem6cy4spdc2h", pubkeyHash(H)],
  [bitcoincash, "BITCOINCASH:QP63UAHGRXGED4Z5JSWYT5DN5V3LZSEM6CY4SPDC2H", pubkeyHash(H)],
  [bitcoincash, "bitcoincash:pp63uahgrxged4z5jswyt5dn5v3lzsem6cnsdw2m32", scriptHash(H)],
  [
    bitcoincash,
    "bitcoincash:qqqpuahgrxged4z5jswyt5dn5v3lzsem6ckkrhujwv",
    `76a913${H.slice(2)}88ac`,
    pubkeyHash(`00${H.slice(2)}`),
  ],
  [bitcoincash, "bitcoincash:qvvxx9puznz3v6qyh5vjqv6kmgfkexzk0rx56faphrrr99syjqexy2p7dpnd0", `76a92018${WIDE}88ac`],
  [bitcoincash, "bitcoincash:0p63uahgrxged4z5jswyt5dn5v3lzsem6cx00xff7g", null],
];

const hash20 = fc.uint8Array({ minLength: 20, maxLength: 20 });
const hash32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

function scriptOrNull(text: string, coin: Coin, padding: Padding): string | null {
  try {
    return bytesToHex(payoutScript(text, coin, padding));
  } catch (error) {
    assert.ok(error instanceof AddressError, String(error));
    return null;
  }
}

describe("addresses (spec/01 §8)", () => {
  for (const [coin, text, old, fixed = old] of TABLE) {
    test(`script of ${coin.symbol} ${text}`, () => {
      assert.equal(scriptOrNull(text, coin, "old"), old);
      assert.equal(scriptOrNull(text, coin, "fixed"), fixed);
    });
  }

  test("true scripts are an independent library's", () => {
    const networks = [
      [bitcoin, NETWORK],
      [bitcoinTestnet, TEST_NETWORK],
    ] as const;
    const output = fc.oneof(
      hash20.map((hash) => ({ type: "pkh", hash }) as const),
      hash20.map((hash) => ({ type: "sh", hash }) as const),
      hash20.map((hash) => ({ type: "wpkh", hash }) as const),
      hash32.map((hash) => ({ type: "wsh", hash }) as const),
    );
    fc.assert(
      fc.property(output, fc.constantFrom(...networks), (out, [coin, network]) => {
        const text = Address(network).encode(out);
        const script = OutScript.encode(out);
        const resolved = resolveAddress(text, coin);
        assert.deepEqual(trueScript(resolved), script);
        assert.equal(scriptToAddress(script, coin), text);
        assert.equal(canonicalAddress(text, coin), text);
        // The rule of version 35 is right for every hash of 20 bytes, and for most of 32.
        if (out.hash.length === 20 || out.hash[0]! >= 16) assert.deepEqual(addressScript(resolved, "fixed"), script);
      }),
    );
  });

  test("the old rule is the fixed one unless the hash starts with a zero digit", () => {
    fc.assert(
      fc.property(hash20, (hash) => {
        const resolved = { kind: "witness", witnessVersion: 0, hash } as const;
        const fixed = addressScript(resolved, "fixed");
        assert.deepEqual(fixed, concatBytes(Uint8Array.of(0, 20), hash));
        if (hash[0]! >= 16) assert.deepEqual(addressScript(resolved, "old"), fixed);
        else if (hash[0]! > 0) assert.throws(() => addressScript(resolved, "old"), AddressError);
      }),
    );
    const zero = { kind: "witness", witnessVersion: 0, hash: new Uint8Array(20) } as const;
    assert.throws(() => addressScript(zero, "old"), AddressError);
    assert.deepEqual(addressScript(zero, "fixed"), concatBytes(Uint8Array.of(0, 20), new Uint8Array(20)));
  });

  test("any text resolves or is refused with an AddressError, quickly", () => {
    const coins = fc.constantFrom(bitcoin, bitcoincash, terracoin);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), coins, (text, coin) => {
        scriptOrNull(text, coin, "fixed");
      }),
    );
    const started = performance.now();
    for (const unit of ["1", "z", "q", ":", "bc1q"]) {
      for (const coin of [bitcoin, bitcoincash]) scriptOrNull(unit.repeat(1_000_000), coin, "fixed");
    }
    // Decoding all of it would take the square of the length: hours.
    assert.ok(performance.now() - started < 5000);
  });

  test("Base58 of another version is of another network, and nothing else is tried", () => {
    const text = encodeLegacyAddress({ version: 111, hash: new Uint8Array(20) });
    assert.throws(() => resolveAddress(text, bitcoin), { data: { code: "ADDRESS_OTHER_NETWORK" } });
    assert.throws(() => resolveAddress("x", bitcoin), { data: { code: "ADDRESS_INVALID" } });
    // A coin without script-hash addresses has one version only.
    const script = encodeLegacyAddress({ version: 5, hash: new Uint8Array(20) });
    assert.throws(() => resolveAddress(script, terracoin), { data: { code: "ADDRESS_OTHER_NETWORK" } });
  });

  test("one text of each address goes into shares", () => {
    const table: [Coin, string, string][] = [
      [bitcoin, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
      [bitcoin, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"],
      [
        bitcoincash,
        "QP63UAHGRXGED4Z5JSWYT5DN5V3LZSEM6CY4SPDC2H",
        "bitcoincash:qp63uahgrxged4z5jswyt5dn5v3lzsem6cy4spdc2h",
      ],
    ];
    for (const [coin, given, wanted] of table) {
      assert.equal(canonicalAddress(given, coin), wanted);
      assert.equal(canonicalAddress(wanted, coin), wanted);
    }
    assert.throws(() => canonicalAddress("bc1q", bitcoin), AddressError);
  });

  test("donation addresses (spec/01 §8.7)", () => {
    const table: [Coin, string][] = [
      [bitcoin, "1Kz5QaUPDtKrj5SqW5tFkn7WZh8LmQaQi4"],
      [bitcoincash, "1Kz5QaUPDtKrj5SqW5tFkn7WZh8LmQaQi4"],
      [bitcoinsv, "1Kz5QaUPDtKrj5SqW5tFkn7WZh8LmQaQi4"],
      [terracoin, "1Kz5QaUPDtKrj5SqW5tFkn7WZh8LmQaQi4"],
      [bitcoinTestnet, "mzW2hdZN2um7WBvTDerdahKqRgj3md9C29"],
      [btcregtest, "mzW2hdZN2um7WBvTDerdahKqRgj3md9C29"],
      [litecoin, "LeD2fnnDJYZuyt8zgDsZ2oBGmuVcxGKCLd"],
      [fastcoin, "fxRyw163PCoyEgq9rMrrJpF2z7ru25JYrg"],
    ];
    for (const [coin, address] of table) {
      assert.equal(donationAddress(coin), address);
      assert.equal(scriptToAddress(DONATION_SCRIPT, coin), address);
    }
  });

  test("scripts without an address", () => {
    for (const script of [
      new Uint8Array(0),
      Uint8Array.of(0x6a),
      Uint8Array.of(0, 1, 2),
      Uint8Array.of(0xac),
      Uint8Array.of(0, 0xac),
    ]) {
      assert.equal(scriptToAddress(script, bitcoin), null);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), (script) => {
        scriptToAddress(script, bitcoin);
        scriptToAddress(script, bitcoincash);
      }),
    );
  });
});
