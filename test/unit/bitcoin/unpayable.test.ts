import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AddressErrorCode } from "../../../src/bitcoin/address.js";
import type { Coin } from "../../../src/bitcoin/coin.js";
import { explainUnpayable } from "../../../src/bitcoin/unpayable.js";
import { bitcoin, bitcoinTestnet } from "../../../src/networks/coins/bitcoin.js";
import { bitcoincash } from "../../../src/networks/coins/cash.js";
import { COINS } from "../../../src/networks/coins/index.js";
import { litecoin } from "../../../src/networks/coins/litecoin.js";

const CASH = "bitcoincash:qp63uahgrxged4z5jswyt5dn5v3lzsem6cy4spdc2h";

const TABLE: readonly [Coin, string, version: number, AddressErrorCode | null, reason?: RegExp][] = [
  [bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 35, null],
  [bitcoin, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", 33, null],
  [bitcoincash, CASH, 35, null],
  [bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 33, "ADDRESS_UNSUPPORTED", /version-33/],
  [bitcoin, "3CNHUhP3uyB9EUtRLsmvFUmvGdjGdkTxJw", 33, "ADDRESS_UNSUPPORTED", /pubkey-hash/],
  [
    bitcoin,
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    35,
    "ADDRESS_UNSUPPORTED",
    /version-35 shares cannot pay taproot.*bc1q/,
  ],
  // A program of 32 bytes that starts with zeros: a shorter script, or none.
  [bitcoin, "bc1qqp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q86ce84", 35, "ADDRESS_SCRIPT_DIFFERS"],
  [bitcoin, "bc1qq433g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qey69wd", 35, "ADDRESS_UNUSABLE", /zero digit/],
  // Right under the rule of version 35 only.
  [bitcoin, "bc1qqq08d6qejxtdg4y5r3zarvary0c5xw7k5wcpqe", 34, "ADDRESS_SCRIPT_DIFFERS"],
  [bitcoin, "bc1qqq08d6qejxtdg4y5r3zarvary0c5xw7k5wcpqe", 35, null],
  // Witness version 1 with the old checksum: paid as version 0.
  [bitcoin, "bc1pw50qtq0mkp", 35, "ADDRESS_SCRIPT_DIFFERS"],
  [bitcoin, "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r", 35, "ADDRESS_OTHER_NETWORK", /bitcoin testnet/],
  [bitcoin, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", 35, "ADDRESS_OTHER_NETWORK", /bitcoin testnet/],
  [bitcoin, "LVuDpNCSSj6pQ7t9Pv6d6sUkLKoqDEVUnJ", 35, "ADDRESS_OTHER_NETWORK", /litecoin/],
  [bitcoin, CASH, 35, "ADDRESS_OTHER_NETWORK", /bitcoincash/],
  [bitcoincash, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 35, "ADDRESS_OTHER_NETWORK", /bitcoin,/],
  [bitcoinTestnet, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", 35, "ADDRESS_OTHER_NETWORK", /of bitcoin/],
  [litecoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", 35, "ADDRESS_OTHER_NETWORK", /bitcoin/],
  [litecoin, "Aam4PgERY9qXbQHssqKFbtrxUpDv7P9MuE", 35, "ADDRESS_OTHER_NETWORK", /another network/],
  [bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", 35, "ADDRESS_CHECKSUM", /mistyped/],
  [bitcoin, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMJ", 35, "ADDRESS_CHECKSUM", /mistyped/],
  [bitcoincash, `${CASH.slice(0, -1)}q`, 35, "ADDRESS_CHECKSUM", /mistyped/],
  [bitcoin, "worker1", 35, "ADDRESS_INVALID", /not an address of bitcoin/],
  [bitcoin, "", 35, "ADDRESS_INVALID"],
];

describe("why an address cannot be paid", () => {
  for (const [coin, text, version, code, reason] of TABLE) {
    test(`${coin.symbol} ${text || "(empty)"}, version ${version}: ${code ?? "payable"}`, () => {
      const found = explainUnpayable(text, coin, version, COINS);
      assert.equal(found?.code ?? null, code);
      if (found && reason) assert.match(found.reason, reason);
    });
  }

  test("without known coins it is still told that the network is another", () => {
    const found = explainUnpayable("mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r", bitcoin, 35);
    assert.deepEqual(found, {
      code: "ADDRESS_OTHER_NETWORK",
      reason: "this is an address of another network, not of bitcoin",
    });
  });
});
