import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import { asciiToBytes, bytesToHex, concatBytes, hexToBytes } from "../../../src/core/bytes.js";
import { hmacSha256, sha256 } from "../../../src/core/hash/index.js";
import { openMessages, RememberedSignatures } from "../../../src/sharechain/messages.js";

const MAINTAINER = hexToBytes("02fe6578f8021a7d466787827b3f26437aef88279ef380af326f87ec362633293a");
const NONCE = Uint8Array.from({ length: 16 }, (_, i) => i);

/** An envelope of any plain text; anybody can make one. */
function envelope(plain: Uint8Array): Uint8Array {
  const key = hmacSha256(MAINTAINER, NONCE);
  const cipher = plain.slice();
  for (let i = 0; i < cipher.length; i++) {
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setUint32(0, Math.floor(i / 32), true);
    cipher[i]! ^= sha256(concatBytes(key, counter))[i % 32]!;
  }
  return concatBytes(Uint8Array.of(1), NONCE, hmacSha256(key, cipher), cipher);
}

/** A message without its signing id, of type 20h and flags 0Fh, signed by nobody. */
function message(payload: Uint8Array): Uint8Array {
  const length = Uint8Array.of(payload.length & 0xff, payload.length >> 8);
  return concatBytes(hexToBytes("200f00f15365"), length, payload, new Uint8Array(20), Uint8Array.of(2, 0x30, 0x00));
}

const inner = (...messages: Uint8Array[]): Uint8Array =>
  concatBytes(Uint8Array.of(1, 0, messages.length, 0), ...messages);

describe("messages in shares (spec/20 §10, §18.7)", () => {
  test("the worked envelope holds no message, so it is none", () => {
    const plain = hexToBytes("01000000");
    const key = hmacSha256(MAINTAINER, NONCE);
    assert.equal(bytesToHex(key), "85785bbd8cabbd1ea2eab35e2185fce0ad66f2b14629001e978314057e7425ad");
    assert.equal(
      bytesToHex(envelope(plain).subarray(17)),
      "49b3ba41fc6b44dda046dd2efe9b064e4aaded16867a109c211be0deff900c7e04507c73",
    );
    assert.equal(
      openMessages(envelope(plain), () => true),
      null,
    );
  });

  test("type, flags, time and payload are what is signed", () => {
    const digests: string[] = [];
    const read = openMessages(envelope(inner(message(asciiToBytes("{}")))), (digest) => {
      digests.push(bytesToHex(digest));
      return true;
    });
    assert.deepEqual(digests, ["078de9dd9840dbc00d31db6d0ea8f268694d0993682b0284842fc3bf32183110"]);
    assert.deepEqual(read, [
      { type: 0x20, kind: "transition signal", flags: 15, timestamp: 1_700_000_000, text: "{}" },
    ]);
  });

  test("texts are safe to show", () => {
    const read = openMessages(envelope(inner(message(hexToBytes("411b5b316d0a0d00e282ac7f42")))), () => true);
    assert.equal(read![0]!.text, "A?[1m???????B");
  });

  test("a signature that is none is refused, and so is one among good ones", () => {
    const [one, two] = [message(asciiToBytes("one")), message(asciiToBytes("two"))];
    assert.equal(openMessages(envelope(inner(one))), null);
    let asked = 0;
    assert.equal(
      openMessages(envelope(inner(one, two)), () => ++asked === 1),
      null,
    );
    assert.equal(openMessages(envelope(inner(one, two)), () => true)!.length, 2);
  });

  test("the first three are read, whatever comes after them", () => {
    const texts = ["one", "two", "three", "four"];
    const read = openMessages(envelope(inner(...texts.map((text) => message(asciiToBytes(text))))), () => true);
    assert.deepEqual(
      read!.map(({ text }) => text),
      texts.slice(0, 3),
    );
  });

  test("a payload has 220 bytes at most", () => {
    const read = (length: number): unknown =>
      openMessages(envelope(inner(message(new Uint8Array(length)))), () => true);
    assert.notEqual(read(220), null);
    assert.equal(read(221), null);
  });

  test("signatures are DER in its one form", () => {
    const secret = new Uint8Array(32).fill(1);
    const key = secp256k1.getPublicKey(secret);
    const { check } = new RememberedSignatures();
    const judge = (digest: Uint8Array, signature: readonly number[]): boolean =>
      check(digest, Uint8Array.from(signature), key);
    for (let i = 0; i < 20; i++) {
      const digest = sha256(Uint8Array.of(i));
      const der = [...secp256k1.sign(digest, secret, { prehash: false, format: "der" })];
      assert.ok(judge(digest, der));
      assert.ok(!judge(sha256(digest), der), "of something else");
      assert.ok(!judge(digest, [...der, 0]), "a byte behind");
      assert.ok(!judge(digest, [0x30, der[1]! + 1, ...der.slice(2)]), "a length that is not its own");
      // r with a zero in front that it does not need, or with one more.
      const padded = [0x30, der[1]! + 1, 0x02, der[3]! + 1, 0, ...der.slice(4)];
      assert.ok(!judge(digest, padded), "a longer integer");
      if (der[4] === 0) {
        const negative = [0x30, der[1]! - 1, 0x02, der[3]! - 1, ...der.slice(5)];
        assert.ok(!judge(digest, negative), "a negative integer");
      }
    }
  });

  test("no bytes make it fail", () => {
    const { check } = new RememberedSignatures();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        openMessages(bytes, check);
        openMessages(envelope(bytes), check);
        openMessages(envelope(inner(bytes)), check);
      }),
      { numRuns: 100 },
    );
  });
});
