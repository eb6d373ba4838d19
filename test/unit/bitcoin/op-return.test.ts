import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeOpReturn, encodeOpReturn, OP_RETURN_PREFIXES } from "../../../src/bitcoin/index.js";
import { asciiToBytes, bytesToHex, concatBytes, hexToBytes } from "../../../src/core/bytes.js";

const decode = (hex: string) => decodeOpReturn(hexToBytes(hex))!;

test("every prefix of the table is recognised, by its longest form", () => {
  assert.equal(OP_RETURN_PREFIXES.length, 32);
  for (const { prefix, protocol, label } of OP_RETURN_PREFIXES) {
    const found = decodeOpReturn(encodeOpReturn([concatBytes(prefix, Uint8Array.of(0, 1, 2))]))!.protocol;
    assert.equal(found?.name, protocol, label);
    const expected = prefix.length >= 6 ? "high" : prefix.length >= 3 ? "medium" : "low";
    assert.equal(found?.confidence, expected, label);
  }
});

test("words that begin like a short prefix are not taken for it", () => {
  assert.equal(decodeOpReturn(encodeOpReturn([asciiToBytes("identity")]))!.protocol, null);
  assert.equal(decodeOpReturn(encodeOpReturn([asciiToBytes("Fast payment")]))!.protocol, null);
  assert.equal(decodeOpReturn(encodeOpReturn([asciiToBytes("id:42")]))!.protocol?.name, "Blockstore");
});

test("what is no whole push is trailing", () => {
  assert.equal(decodeOpReturn(hexToBytes("76a9")), null);
  const bare = decode("6a");
  assert.deepEqual([bare.wellFormed, bare.pushes.length, bare.payload.length], [true, 0, 0]);
  const empty = decode("6a00");
  assert.deepEqual([empty.wellFormed, empty.pushes[0]?.data.length], [true, 0]);
  for (const cut of ["6a05aabb", "6a4c", "6a4c02aa", "6a4d01", "6a4d0200aa", "6a4e010000", "6a4e02000000aa"]) {
    const { wellFormed, trailing, pushes } = decode(cut);
    assert.deepEqual([wellFormed, bytesToHex(trailing), pushes.length], [false, cut.slice(2), 0], cut);
  }
  const opcode = decode("6a01aa5d02bb");
  assert.deepEqual([opcode.wellFormed, opcode.pushes.length], [false, 2]);
  assert.equal(bytesToHex(decode("6a01aa7601bb").trailing), "7601bb");
  assert.equal(bytesToHex(decode("6a4f5160").payload), "810110");
  assert.equal(decode("6a50").wellFormed, false);
});

test("pushes longer than they need be are told", () => {
  assert.equal(decode("6a4c01aa").pushes[0]?.minimal, false);
  assert.equal(decode("6a01aa").pushes[0]?.minimal, true);
  for (const [size, head] of [
    [75, "6a4b"],
    [76, "6a4c4c"],
    [80, "6a4c50"],
    [255, "6a4cff"],
    [256, "6a4d0001"],
  ] as const) {
    const script = encodeOpReturn([new Uint8Array(size).fill(7)], { allowNonStandard: true });
    assert.ok(bytesToHex(script).startsWith(head));
    const { pushes, policy } = decodeOpReturn(script)!;
    assert.equal(pushes[0]?.minimal, true);
    assert.equal(policy.within83, size <= 80);
  }
  assert.throws(() => encodeOpReturn([new Uint8Array(81)]), RangeError);
});

test("commitments have names", () => {
  const hash = "11".repeat(32);
  assert.equal(decode(`6a24aa21a9ed${hash}`).special, "witness_commitment");
  assert.equal(decode(`6a24aa21a9ed${hash.slice(2)}`).special, null, "37 bytes");
  assert.equal(decode(`6a25aa21a9ed${hash}00`).special, null);
  assert.equal(decode(`6a24aa21a9ed${hash}00`).special, "witness_commitment", "39 bytes");
  assert.equal(decode(`6a28${hash}0000000000000000`).special, "p2pool_ref");
  assert.equal(decode(`6a29${bytesToHex(asciiToBytes("RSKBLOCK:"))}${hash}`).special, "rootstock");
});

test("text is shown where it is text, without tricks", () => {
  assert.equal(decodeOpReturn(encodeOpReturn([new TextEncoder().encode("héllo")]))!.text, "héllo");
  assert.equal(decodeOpReturn(encodeOpReturn([new TextEncoder().encode("abcdefg\u202eh")]))!.text, "abcdefg\\u{202e}h");
  assert.equal(decodeOpReturn(encodeOpReturn([Uint8Array.of(0xff, 0x41)]))!.text, null);
  assert.equal(decodeOpReturn(encodeOpReturn([Uint8Array.of(1, 2, 3, 0x41)]))!.text, null);
});

test("any bytes are taken apart without loss", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const script = concatBytes(Uint8Array.of(0x6a), bytes);
      const { pushes, trailing, wellFormed } = decodeOpReturn(script)!;
      assert.equal(wellFormed, trailing.length === 0);
      assert.ok(bytesToHex(script).endsWith(bytesToHex(trailing)));
      assert.ok(pushes.every(({ data }) => data.length <= bytes.length));
    }),
  );
});
