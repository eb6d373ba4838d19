import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseDifficulty, parseUsername } from "../../../src/work/username.js";

test("the table of spec/10 §6.1", () => {
  const rows: [text: string, payee: string, worker: string | null, pseudo: number | null, share: number | null][] = [
    ["1Addr", "1Addr", null, null, null],
    ["1Addr.rig1", "1Addr", "rig1", null, null],
    ["1Addr_rig1.x", "1Addr", "rig1.x", null, null],
    ["1Addr.rig1+4096", "1Addr", "rig1", 4096, null],
    ["1Addr/65536", "1Addr", null, null, 65536],
    ["1Addr/65536+4096", "1Addr", null, 4096, 65536],
    ["1Addr+4096.rig1", "1Addr", null, null, null],
    ["bob", "bob", null, null, null],
    ["", "", null, null, null],
    // Beyond the table: the rules of the procedure.
    ["  1Addr.rig1 \t", "1Addr", "rig1", null, null],
    ["1Addr.a.b", "1Addr", "a", null, null],
    ["1.Addr_a_b", "1.Addr", "a", null, null],
    ["1Addr.", "1Addr", null, null, null],
    ["1Addr + 16 / 32 ", "1Addr", null, 16, 32],
    ["1Addr+1+2/3/4", "1Addr", null, 2, 4],
    ["1Addr+0/0", "1Addr", null, 0, 0],
    ["1Addr+0.001", "1Addr", null, 0.001, null],
    ["1Addr+1e3", "1Addr", null, 1000, null],
    ["1Addr+.5/5.", "1Addr", null, 0.5, 5],
    ["++1", "", null, 1, null],
    ["+", "", null, null, null],
    ["/", "", null, null, null],
    ["1Addr/-1", "1Addr", null, null, null],
    ["1Addr+nan", "1Addr", null, null, null],
    ["1Addr+inf", "1Addr", null, null, null],
    ["1Addr+0x10", "1Addr", null, null, null],
    ["1Addr+1e400", "1Addr", null, null, null],
    ["1Addr/1e30", "1Addr", null, null, null],
    ["1Addr+1e15/1e-6", "1Addr", null, 1e15, 1e-6],
    ["1Addr+9e-7", "1Addr", null, null, null],
    ["1Parent,1Aux.rig", "1Parent,1Aux", "rig", null, null],
    ["1Parent , 1Aux,,1Other +2", "1Parent,1Aux,1Other", null, 2, null],
    ["1Parent,_rig", "1Parent", "rig", null, null],
    [",1Aux", ",1Aux", null, null, null],
    ["Ünïcödé_⛏", "Ünïcödé", "⛏", null, null],
  ];
  for (const [text, payee, worker, pseudoDifficulty, shareDifficulty] of rows) {
    const [first] = payee.split(",");
    const canonical = worker === null ? first : `${first}.${worker}`;
    assert.deepEqual(parseUsername(text), { payee, worker, pseudoDifficulty, shareDifficulty, canonical }, text);
  }
});

test("any text is taken apart, and difficulties stay in range", () => {
  const piece = fc.oneof(
    fc.constantFrom("+", "/", "_", ".", ",", "-", "e", " ", "é", "\u0000", "Infinity", "NaN"),
    fc.nat().map(String),
    fc.double().map(String),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const { pseudoDifficulty, shareDifficulty } = parseUsername(text);
      for (const difficulty of [pseudoDifficulty, shareDifficulty]) {
        assert.ok(difficulty === null || difficulty === 0 || (difficulty >= 1e-6 && difficulty <= 1e15));
      }
    }),
  );
});

test("ten thousand characters take no time", () => {
  const startedMs = performance.now();
  for (const text of ["1".repeat(10_000), "+".repeat(10_000), `1+${"9".repeat(10_000)}`, "_.".repeat(5000)]) {
    parseUsername(text);
    assert.equal(parseDifficulty(text), null);
  }
  assert.ok(performance.now() - startedMs < 100);
});
