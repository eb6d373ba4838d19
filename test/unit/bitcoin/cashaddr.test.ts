import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { scriptToAddress, trueScript } from "../../../src/bitcoin/address.js";
import { decodeCashAddr, encodeCashAddr } from "../../../src/bitcoin/cashaddr.js";
import { hexToBytes } from "../../../src/core/bytes.js";
import { bitcoincash } from "../../../src/networks/coins/cash.js";

const SIZES = [20, 24, 28, 32, 40, 48, 56, 64] as const;
const address = fc
  .tuple(fc.nat(15), fc.constantFrom(...SIZES))
  .chain(([type, length]) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((hash) => ({ type, hash: Uint8Array.from(hash) })),
  );

describe("CashAddr (spec/01 §8.3)", () => {
  test("the specification's own test vectors", () => {
    const table: [type: number, prefix: string, text: string, hash: string][] = [
      [
        0,
        "bitcoincash",
        "bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2",
        "F5BF48B397DAE70BE82B3CCA4793F8EB2B6CDAC9",
      ],
      [1, "bchtest", "bchtest:pr6m7j9njldwwzlg9v7v53unlr4jkmx6eyvwc0uz5t", "F5BF48B397DAE70BE82B3CCA4793F8EB2B6CDAC9"],
      [1, "pref", "pref:pr6m7j9njldwwzlg9v7v53unlr4jkmx6ey65nvtks5", "F5BF48B397DAE70BE82B3CCA4793F8EB2B6CDAC9"],
      [
        0,
        "bitcoincash",
        "bitcoincash:q9adhakpwzztepkpwp5z0dq62m6u5v5xtyj7j3h2ws4mr9g0",
        "7ADBF6C17084BC86C1706827B41A56F5CA32865925E946EA",
      ],
      [
        0,
        "bitcoincash",
        "bitcoincash:qlg0x333p4238k0qrc5ej7rzfw5g8e4a4r6vvzyrcy8j3s5k0en7calvclhw46hudk5flttj6ydvjc0pv3nchp52amk97tqa5zygg96mtky5sv5w",
        "D0F346310D5513D9E01E299978624BA883E6BDA8F4C60883C10F28C2967E67EC77ECC7EEEAEAFC6DA89FAD72D11AC961E164678B868AEEEC5F2C1DA08884175B",
      ],
    ];
    for (const [type, prefix, text, hash] of table) {
      assert.deepEqual(decodeCashAddr(text, prefix), { type, hash: hexToBytes(hash) });
      assert.equal(encodeCashAddr(prefix, { type, hash: hexToBytes(hash) }), text);
    }
  });

  test("read back what they wrote, with and without prefix, in either case", () => {
    fc.assert(
      fc.property(address, (value) => {
        const text = encodeCashAddr("bitcoincash", value);
        const bare = text.slice("bitcoincash:".length);
        for (const form of [text, bare, text.toUpperCase(), bare.toUpperCase()]) {
          assert.deepEqual(decodeCashAddr(form, "bitcoincash"), value);
        }
        assert.equal(decodeCashAddr(text, "bchtest"), null);
        assert.equal(decodeCashAddr(bare, "bchtest"), null);
      }),
    );
  });

  test("a changed character, mixed case and wrong lengths are refused", () => {
    fc.assert(
      fc.property(
        address,
        fc.nat(),
        fc.constantFrom(..."qpzry9x8gf2tvdw0s3jn54khce6mua7l1b "),
        (value, place, char) => {
          const text = encodeCashAddr("bitcoincash", value);
          const at = 12 + (place % (text.length - 12));
          fc.pre(text[at] !== char);
          assert.equal(decodeCashAddr(text.slice(0, at) + char + text.slice(at + 1), "bitcoincash"), null);
          assert.equal(decodeCashAddr(text.slice(0, at), "bitcoincash"), null);
        },
      ),
    );
    const good = "bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2";
    for (const text of ["", ":", "bitcoincash:", good.replace("qr6", "qR6"), `bchtest:${good}`, `${good} `]) {
      assert.equal(decodeCashAddr(text, "bitcoincash"), null);
    }
    assert.throws(() => encodeCashAddr("bitcoincash", { type: 0, hash: new Uint8Array(21) }), RangeError);
  });

  test("scripts are shown in this form", () => {
    const hash = hexToBytes("f5bf48b397dae70be82b3cca4793f8eb2b6cdac9");
    for (const type of [0, 1]) {
      const script = trueScript({ kind: "cashaddr", type, hash })!;
      assert.equal(scriptToAddress(script, bitcoincash), encodeCashAddr("bitcoincash", { type, hash }));
    }
    const wide = new Uint8Array(32);
    assert.equal(trueScript({ kind: "cashaddr", type: 0, hash: wide }), null);
    assert.equal(trueScript({ kind: "cashaddr", type: 1, hash: wide })?.length, 35);
    assert.equal(trueScript({ kind: "cashaddr", type: 2, hash }), null);
  });
});
