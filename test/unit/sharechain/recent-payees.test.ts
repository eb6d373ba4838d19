import assert from "node:assert/strict";
import { test } from "node:test";
import { RecentPayees } from "../../../src/sharechain/recent-payees.js";

test("a payee is remembered by its bytes and its type", () => {
  const payees = new RecentPayees();
  let made = 0;
  const addressOf = (bytes: number[], type: number | null): string =>
    payees.get(Uint8Array.from(bytes), type, () => {
      made++;
      return { address: `${bytes} ${type}`, payable: null };
    }).address;
  assert.equal(addressOf([1, 2], 0), "1,2 0");
  assert.equal(addressOf([1, 2], 0), "1,2 0");
  assert.equal(made, 1);
  assert.equal(addressOf([1, 2], 1), "1,2 1");
  assert.equal(addressOf([1, 2], null), "1,2 null");
  // More than there is room for: what has to make way is made again.
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 3000; i++) assert.equal(addressOf([i & 255, i >> 8], null), `${i & 255},${i >> 8} null`);
});

test("what is no payee is not remembered", () => {
  const payees = new RecentPayees();
  const refuse = (): never => {
    throw new RangeError("no address");
  };
  assert.throws(() => payees.get(Uint8Array.of(1), null, refuse), RangeError);
  assert.equal(payees.get(Uint8Array.of(1), null, () => ({ address: "a", payable: null })).address, "a");
});
