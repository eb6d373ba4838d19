import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { concatBytes, hexToBytes } from "../../../../src/core/bytes.js";
import { encodeFrame } from "../../../../src/core/frame.js";
import type { FrameParserOptions } from "../../../../src/core/frame-parser.js";
import { ProtocolError, type ProtocolErrorCode } from "../../../../src/peers/errors.js";
import { type Command, decodeMessage, isCommand } from "../../../../src/peers/wire/messages.js";
import { FrameParser } from "../../../../src/peers/wire/parser.js";

const PREFIX = hexToBytes("2472ef181efcd37b");
const PING = encodeFrame(PREFIX, "ping", new Uint8Array(0));

function parser(options: Partial<FrameParserOptions> = {}): FrameParser {
  return new FrameParser({ prefix: PREFIX, admit: () => "collect", ...options });
}

/** Commands of all frames in the chunks. @throws ProtocolError */
function parse(chunks: readonly Uint8Array[], of: FrameParser = parser()): string[] {
  const commands: string[] = [];
  for (const chunk of chunks) {
    of.push(chunk);
    for (let frame = of.next(); frame !== null; frame = of.next()) commands.push(frame.command);
  }
  return commands;
}

function refuses(bytes: Uint8Array, code: ProtocolErrorCode): void {
  const of = parser();
  assert.throws(
    () => parse([bytes], of),
    (error) => error instanceof ProtocolError && error.code === code,
  );
  // Whatever else was in the same packet.
  assert.deepEqual(parse([PING, PING], of), []);
}

describe("frame parser", () => {
  test("frames come out whole however they are cut", () => {
    const payloads = [0, 1, 28, 5_000, 70_000].map((length) => new Uint8Array(length).map((_, i) => i));
    const stream = concatBytes(...payloads.map((payload) => encodeFrame(PREFIX, "x", payload)));
    for (const size of [1, 7, 27, 28, 29, 4_096, stream.length]) {
      const of = parser();
      const found: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) {
        of.push(stream.slice(at, at + size));
        for (let frame = of.next(); frame !== null; frame = of.next()) found.push(frame.payload!.slice());
      }
      assert.deepEqual(found, payloads, `cut to ${size}`);
      assert.equal(of.partial, null);
    }
  });

  test("the first wrong byte of a prefix is enough, and nothing is searched for the next one", () => {
    refuses(Uint8Array.of(0x25), "WIRE_FOREIGN_PREFIX");
    refuses(concatBytes(PREFIX.subarray(0, 7), Uint8Array.of(0), PING), "WIRE_FOREIGN_PREFIX");
    refuses(new TextEncoder().encode("GET / HTTP/1.1\r\n"), "WIRE_FOREIGN_PREFIX");
    refuses(concatBytes(PING, Uint8Array.of(0), PING), "WIRE_GARBAGE");
  });

  test("a wrong checksum ends the stream (T11)", () => {
    const bad = PING.slice();
    bad[24]! ^= 1;
    refuses(concatBytes(bad, PING, bad, bad), "WIRE_CHECKSUM");
  });

  test("a payload is judged before any of it is read", () => {
    const seen: [string, number][] = [];
    const of = parser({
      admit: (command, length) => {
        seen.push([command, length]);
        throw new ProtocolError("too long", "WIRE_TOO_LONG", "too-long");
      },
    });
    const header = encodeFrame(PREFIX, "shares", new Uint8Array(8)).slice(0, 24);
    new DataView(header.buffer).setUint32(20, 32_000_000, true);
    assert.throws(() => parse([header.subarray(0, 23), header.subarray(23)], of), ProtocolError);
    assert.deepEqual(seen, [["shares", 32_000_000]]);
  });

  test("a claim of a length costs no memory, only bytes that come do", () => {
    const header = encodeFrame(PREFIX, "shares", new Uint8Array(0)).slice();
    new DataView(header.buffer).setUint32(20, 32_000_000, true);
    const of = parser();
    parse([header, new Uint8Array(10)], of);
    assert.deepEqual(of.partial, { command: "shares", length: 32_000_000, held: 10 });
  });

  test("what is discarded is counted, checked and not kept", () => {
    let bytes = 0;
    const of = parser({ admit: () => "discard", discarded: (count) => (bytes += count) });
    const frame = encodeFrame(PREFIX, "have_tx", new Uint8Array(100_000));
    of.push(frame.slice(0, 50_000));
    assert.equal(of.next(), null);
    assert.equal(of.partial?.held, 0);
    of.push(frame.slice(50_000));
    assert.deepEqual(of.next(), { command: "have_tx", payload: null, length: 100_000 });
    assert.equal(bytes, 100_000);
    const bad = encodeFrame(PREFIX, "have_tx", new Uint8Array(10));
    bad[30]! ^= 1;
    of.push(bad);
    assert.throws(() => of.next(), ProtocolError);
  });

  test("commands are what they are, whatever their bytes", () => {
    const raw = encodeFrame(PREFIX, "ping", new Uint8Array(0));
    raw.set([0x70, 0x69, 0x6e, 0x67, 0, 0x78], 8);
    const high = PING.slice();
    high.set(new Uint8Array(12).fill(0xff), 8);
    assert.deepEqual(parse([raw, high, PING]), ["ping\0x", "\xff".repeat(12), "ping"]);
    assert.ok(!isCommand("ping\0x") && !isCommand("toString") && !isCommand("__proto__"));
  });

  const frame = fc
    .record({
      command: fc.constantFrom("ping", "addrs", "shares", "sharereq", "version", "nonsense"),
      payload: fc.uint8Array({ maxLength: 300 }),
    })
    .map(({ command, payload }) => encodeFrame(PREFIX, command, payload));

  test("split, joined and mutated streams throw nothing but protocol errors", () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.array(fc.nat(2_000), { maxLength: 20 }),
        fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { maxLength: 3 }),
        (frames, cuts, flips) => {
          const stream = concatBytes(...frames);
          for (const [at, value] of flips) if (at < stream.length) stream[at] = value;
          const points = [0, ...cuts.filter((cut) => cut < stream.length), stream.length].sort((a, b) => a - b);
          const of = parser();
          try {
            for (let i = 1; i < points.length; i++) {
              of.push(stream.slice(points[i - 1], points[i]));
              for (let next = of.next(); next !== null; next = of.next()) {
                if (isCommand(next.command)) decodeMessage(next.command as Command, next.payload!);
              }
            }
          } catch (error) {
            assert.ok(error instanceof ProtocolError, String(error));
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
