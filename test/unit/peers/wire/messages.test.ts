import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bytesToHex, concatBytes, hexToBytes } from "../../../../src/core/bytes.js";
import { ProtocolError } from "../../../../src/peers/errors.js";
import { encodeFrames } from "../../../../src/peers/wire/encode.js";
import {
  type Command,
  decodeMessage,
  decodePayload,
  encodePayload,
  type Payloads,
  replyId,
  wrapShare,
} from "../../../../src/peers/wire/messages.js";
import { FrameParser } from "../../../../src/peers/wire/parser.js";

const PREFIX = hexToBytes("2472ef181efcd37b");
const HASH = "00000000000000ab00000000000000000000000000000000000000000000cdef";

function frameHex<C extends Command>(command: C, payload: Payloads[C]): string {
  return encodeFrames(PREFIX, command, payload).map(bytesToHex).join();
}

function refuses(command: Command, hex: string): void {
  assert.throws(() => decodeMessage(command, hexToBytes(hex)), ProtocolError, `${command} ${hex}`);
}

/** The payloads of the frames that a message is sent as. */
function parts<C extends Command>(command: C, payload: Payloads[C]): Payloads[C][] {
  const parser = new FrameParser({ prefix: PREFIX, admit: () => "collect" });
  const found: Payloads[C][] = [];
  for (const frame of encodeFrames(PREFIX, command, payload)) {
    parser.push(frame);
    found.push(decodePayload(command, parser.next()!.payload!));
  }
  return found;
}

describe("messages", () => {
  test("worked examples of spec/06 §13", () => {
    const address = (address: string, port: number): Payloads["version"]["addrTo"] => ({ services: 0n, address, port });
    const version: Payloads["version"] = {
      version: 3501,
      services: 0n,
      addrTo: address("203.0.113.7", 9333),
      addrFrom: address("198.51.100.20", 40312),
      nonce: 0x1122334455667788n,
      subVersion: new TextEncoder().encode("example/1.0"),
      mode: 1,
      bestShare: HASH,
    };
    assert.match(frameHex("version", version), /^2472ef181efcd37b76657273696f6e0000000000780000001056959bad0d0000/);
    assert.equal(frameHex("version", { ...version, bestShare: null }).slice(48, 56), "9e66b4df");
    assert.equal(
      frameHex("addrs", {
        records: [
          { timestamp: 1594555200n, address: address("203.0.113.7", 9333) },
          { timestamp: 1594551600n, address: address("2001:0db8:0000:0000:0000:0000:0000:0001", 9334) },
        ],
      }).slice(48, 56),
      "a7800d80",
    );
    const id = bytesToHex(Uint8Array.from({ length: 32 }, (_, i) => i + 1));
    const one = "1".padStart(64, "0");
    const two = "2".padStart(64, "0");
    assert.equal(
      frameHex("sharereq", { id, hashes: [HASH], parents: 300n, stops: [one, two] }).slice(0, 56),
      "2472ef181efcd37b736861726572657100000000850000005246f2d1",
    );
    assert.equal(
      frameHex("shares", { shares: [wrapShare(35n, hexToBytes("aabbcc")), wrapShare(300n, new Uint8Array(0))] }),
      "2472ef181efcd37b7368617265730000000000000a000000db24a48b022303aabbccfd2c0100",
    );
    assert.equal(
      frameHex("sharereply", { id: "5".padStart(64, "0"), result: 1, shares: [] }),
      `2472ef181efcd37b73686172657265706c79000022000000ecce5405${"05".padEnd(64, "0")}0100`,
    );
  });

  test("the two historic messages of spec/06 §15", () => {
    assert.deepEqual(decodePayload("setmode", hexToBytes("00000000")), { mode: 0 });
    const request = { hashes: [HASH], parents: 10n, stops: ["1".padStart(64, "0")] };
    assert.deepEqual(decodePayload("getshares", encodePayload("getshares", request)), request);
    const withId = encodePayload("sharereq", { id: "7".padStart(64, "0"), ...request });
    assert.deepEqual(encodePayload("getshares", request), withId.subarray(32));
  });

  test("missing and surplus bytes are errors, as are numbers in a longer form than needed", () => {
    refuses("ping", "00");
    refuses("addrme", "75");
    refuses("addrme", "752400");
    refuses("have_tx", `02${"00".repeat(35)}`);
    refuses("have_tx", `02${"00".repeat(32)}`);
    refuses("have_tx", "fd0100");
    refuses("shares", "");
    refuses("shares", "012303aabb");
    refuses("shares", "0123fd0300aabbcc");
    refuses("sharereply", `${"00".repeat(32)}0700`);
    refuses("setmode", "0000");
    refuses("getshares", "00");
  });

  test("counts are checked before anything is built of them", () => {
    refuses("shares", `fe${"00e1f505"}`);
    // 1,101 shares of two bytes, which 1,100 may be.
    const twoBytes = (count: number): Uint8Array =>
      concatBytes(Uint8Array.of(0xfd, count & 0xff, count >> 8), new Uint8Array(2 * count));
    assert.equal(decodePayload("shares", twoBytes(1_100)).shares.length, 1_100);
    assert.throws(() => decodePayload("shares", twoBytes(1_101)), ProtocolError);
    refuses("have_tx", "ffffffffffffffffff");
    refuses("addrs", "fdffff");
  });

  test("an unknown transaction format cannot be delimited", () => {
    refuses("remember_tx", "0001010000000010");
  });

  test("the id of an answer is found without reading the rest", () => {
    assert.equal(replyId(hexToBytes(`05${"00".repeat(31)}ffff`)), "5".padStart(64, "0"));
    assert.equal(replyId(new Uint8Array(31)), null);
  });

  test("long lists go in several messages that together say the same", () => {
    const hashes = Array.from({ length: 70_000 }, (_, i) => i.toString(16).padStart(64, "0"));
    for (const command of ["have_tx", "losing_tx", "forget_tx"] as const) {
      const split = parts(command, { hashes });
      assert.equal(split.length, 3);
      assert.deepEqual(
        split.flatMap((part) => part.hashes),
        hashes,
      );
    }
    const shares = Array.from({ length: 5 }, (_, i) => wrapShare(35n, new Uint8Array(400_000).fill(i)));
    const split = parts("shares", { shares });
    assert.deepEqual(
      split.map((part) => part.shares.length),
      [2, 2, 1],
    );
    assert.deepEqual(
      split.flatMap((part) => part.shares.map(({ raw }) => raw[10])),
      [0, 1, 2, 3, 4],
    );
    // One that is longer than the limit for sending goes alone.
    const long = parts("shares", { shares: [wrapShare(35n, new Uint8Array(1_500_000)), shares[0]!] });
    assert.deepEqual(
      long.map((part) => part.shares.length),
      [1, 1],
    );
    assert.deepEqual(parts("shares", { shares: [] }), [{ shares: [] }]);
  });

  test("transactions to remember stay together while they fit", () => {
    const transaction = hexToBytes(
      "01000000011100000000000000000000000000000000000000000000000000000000000000010000000151ffffffff0100f2052a01000000016a00000000",
    );
    const small = { hashes: [HASH], transactions: [transaction] };
    assert.deepEqual(parts("remember_tx", small), [small]);
    const many = { hashes: [HASH], transactions: new Array<Uint8Array>(20_000).fill(transaction) };
    const split = parts("remember_tx", many);
    assert.deepEqual(
      split.map((part) => [part.hashes.length, part.transactions.length > 0]),
      [
        [1, false],
        [0, true],
        [0, true],
      ],
    );
    assert.equal(
      split.reduce((sum, part) => sum + part.transactions.length, 0),
      20_000,
    );
  });

  test("random bytes are a message or a protocol error (T23)", () => {
    const commands = [
      "version",
      "addrs",
      "shares",
      "sharereq",
      "sharereply",
      "bestblock",
      "have_tx",
      "remember_tx",
      "getshares",
    ] as const;
    fc.assert(
      fc.property(fc.constantFrom(...commands), fc.uint8Array({ maxLength: 400 }), (command, bytes) => {
        try {
          const { payload } = decodeMessage(command, bytes);
          assert.deepEqual(encodePayload(command, payload as never), bytes);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
