import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bech32 } from "@scure/base";
import { bytesToHex } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { Payees } from "../../../src/work/payees.js";

const { coin, mergedChains } = networkByName("litecoin");
const LITECOIN = "LKKHMBjCU89fyFNgSRprDoD8Jb25N8uWvd";
const WITNESS = "ltc1qqypqxpq9qcrsszg2pvxq6rs0zqg3yyc5dyg36p";
const DOGECOIN = "A5EZCT4tUrtoKuvJaWbtVQADzdUKdtsqpr";
const DOGE_SCRIPT = "a9148c6272621d89e8fa526dd86acff60c7136be8e8587";

describe("several addresses in a user name (spec/10 §6.4)", () => {
  const payees = new Payees({ coin, knownCoins: [], mergedChains });

  test("the second one is on the merged chain, in whichever order they come", () => {
    for (const text of [`${WITNESS},${DOGECOIN}`, `${DOGECOIN},${WITNESS}`]) {
      const verdict = payees.check(text, 36);
      assert.ok(verdict.ok, text);
      assert.equal(verdict.address, WITNESS);
      assert.deepEqual(
        verdict.mergedAddresses.map(({ chainId, script }) => [chainId, bytesToHex(script)]),
        [[98, DOGE_SCRIPT]],
      );
    }
    assert.deepEqual(payees.check(LITECOIN, 36), { ok: true, address: LITECOIN, mergedAddresses: [] });
  });

  test("one that is wrong is told, with the chain's name", () => {
    const reasons = [`${LITECOIN},nonsense`, `${LITECOIN},${DOGECOIN.slice(0, -1)}q`, `${LITECOIN},${LITECOIN}`].map(
      (text) => {
        const verdict = payees.check(text, 36);
        return verdict.ok ? "paid" : verdict.reason;
      },
    );
    assert.deepEqual(reasons, [
      "the address on Dogecoin cannot be paid: it is no address",
      "the address on Dogecoin cannot be paid: it is mistyped: its checksum is wrong",
      "the address on Dogecoin cannot be paid: it is an address of another network",
    ]);
    assert.equal(payees.check(`nonsense,${DOGECOIN}`, 36).ok, false);
  });

  test("where nothing is mined along, what comes behind the comma does not matter", () => {
    const alone = new Payees({ coin, knownCoins: [] });
    assert.deepEqual(alone.check(`${LITECOIN},nonsense`, 35), { ok: true, address: LITECOIN, mergedAddresses: [] });
  });

  test("version 36 pays hashes of 20 bytes only", () => {
    const long = bech32.encode("ltc", [0, ...bech32.toWords(new Uint8Array(32).fill(0x77))]);
    const verdict = payees.check(long, 36);
    assert.match(verdict.ok ? "paid" : verdict.reason, /20-byte hashes only/);
    assert.equal(payees.check(long, 35).ok, true);
  });
});
