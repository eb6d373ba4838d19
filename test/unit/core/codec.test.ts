import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import {
  type Codec,
  CodecError,
  composed,
  decode,
  encode,
  fixstr,
  list,
  maybe,
  maybeHash,
  u8,
  u16,
  u32,
  u64,
  u256,
  varint,
  varint32,
  varstr,
} from "../../../src/core/codec.js";
import { networkAddress } from "../../../src/core/network-address.js";

function roundTrips<T>(codec: Codec<T>, values: fc.Arbitrary<T>): void {
  fc.assert(fc.property(values, (value) => assert.deepEqual(decode(codec, encode(codec, value)), value)));
}

/** Whatever the bytes, they are refused with a CodecError or are the only way to write what was read. */
function isCanonical<T>(codec: Codec<T>, inputs: fc.Arbitrary<Uint8Array>): void {
  fc.assert(
    fc.property(inputs, (bytes) => {
      let value: T;
      try {
        value = decode(codec, bytes);
      } catch (error) {
        assert.ok(error instanceof CodecError, String(error));
        return;
      }
      assert.equal(bytesToHex(encode(codec, value)), bytesToHex(bytes));
    }),
  );
}

interface Sample {
  readonly flag: number;
  readonly hash: string | null;
  readonly pairs: readonly bigint[];
  readonly text: Uint8Array;
  readonly none: number | null;
}

const sample: Codec<Sample> = composed<Sample>({
  flag: u16,
  hash: maybeHash,
  pairs: list(varint, 2) as Codec<readonly bigint[]>,
  text: varstr,
  none: maybe(7, u8),
});

const bigUint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const samples: fc.Arbitrary<Sample> = fc.record(
  {
    flag: fc.integer({ min: 0, max: 0xffff }),
    hash: fc.option(
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytesToHex(bytes).replace(/^0/, "1")),
      { nil: null },
    ),
    pairs: fc.array(fc.tuple(bigUint64, bigUint64)).map((pairs) => pairs.flat()),
    text: fc.uint8Array({ maxLength: 600 }),
    none: fc.option(
      fc.integer({ min: 0, max: 255 }).filter((value) => value !== 7),
      { nil: null },
    ),
  },
  { noNullPrototype: true },
);

describe("codecs", () => {
  test("read back what they wrote", () => {
    roundTrips(varint, bigUint64);
    roundTrips(varint32, fc.nat(0xffffffff));
    roundTrips(u64, bigUint64);
    roundTrips(u256, fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }));
    roundTrips(varstr, fc.uint8Array({ maxLength: 70_000, size: "max" }));
    roundTrips(sample, samples);
  });

  test("accept random bytes in one form only", () => {
    for (const codec of [varint, list(varint, 2), varstr] as Codec<unknown>[]) {
      isCanonical(codec, fc.uint8Array({ maxLength: 20 }));
    }
    isCanonical(networkAddress, fc.uint8Array({ minLength: 24, maxLength: 28 }));
  });

  test("survive one changed byte", () => {
    const mutated = fc.tuple(samples, fc.nat(), fc.nat(255)).map(([value, place, byte]) => {
      const bytes = encode(sample, value);
      bytes[place % bytes.length] = byte;
      return bytes;
    });
    isCanonical(sample, mutated);
  });

  test("refuse every shortened input and every longer one", () => {
    fc.assert(
      fc.property(samples, fc.nat(), (value, cut) => {
        const bytes = encode(sample, value);
        assert.throws(() => decode(sample, bytes.subarray(0, cut % bytes.length)), CodecError);
        const longer = Uint8Array.of(...bytes, 0);
        assert.throws(() => decode(sample, longer), { data: { code: "CODEC_LEFT_OVER", path: "" } });
      }),
    );
  });

  test("varints have one form (spec/01 §11)", () => {
    const table: [bigint, string][] = [
      [252n, "fc"],
      [253n, "fdfd00"],
      [65535n, "fdffff"],
      [65536n, "fe00000100"],
      [2n ** 32n, "ff0000000001000000"],
    ];
    for (const [value, hex] of table) assert.equal(bytesToHex(encode(varint, value)), hex);
    for (const hex of ["fdfc00", "feffff0000", "ffffffffff00000000"]) {
      assert.throws(() => decode(varint, hexToBytes(hex)), { data: { code: "CODEC_NON_CANONICAL", path: "" } });
    }
    assert.throws(() => decode(varint32, hexToBytes("ff0000000001000000")), CodecError);
  });

  test("lists and addresses of spec/01 §11", () => {
    assert.equal(bytesToHex(encode(list(u16), [1, 2, 0x1234])), "03010002003412");
    assert.equal(bytesToHex(encode(list(varint, 2), [0n, 5n, 3n, 300n])), "02000503fd2c01");
    assert.throws(() => encode(list(varint, 2), [1n, 2n, 3n]), CodecError);
    assert.equal(
      bytesToHex(encode(networkAddress, { services: 1n, address: "1.2.3.4", port: 9333 })),
      "010000000000000000000000000000000000ffff010203042475",
    );
  });

  test("a count beyond the input is refused before anything is allocated", () => {
    const claims = hexToBytes("ffffffffffffffff7f");
    assert.throws(() => decode(varstr, claims), { data: { code: "CODEC_SHORT_INPUT", path: "" } });
    assert.throws(() => decode(list(u256), claims), { data: { code: "CODEC_SHORT_INPUT", path: "" } });
  });

  test("errors name the path of the field", () => {
    const nested = composed<{ outer: { inner: number }[] }>({
      outer: list(composed<{ inner: number }>({ inner: u32 })),
    });
    const bad = encode(list(varint), [1n, 2n]);
    assert.throws(() => decode(nested, bad), CodecError);
    const value = { outer: [{ inner: 1 }, { inner: -1 }] };
    assert.throws(() => encode(nested, value), { data: { code: "CODEC_VALUE_RANGE", path: "outer.[1].inner" } });
  });

  test("values out of range are refused", () => {
    const refused: [Codec<never>, unknown][] = [
      [u8 as Codec<never>, 256],
      [u8 as Codec<never>, 1.5],
      [u32 as Codec<never>, -1],
      [u64 as Codec<never>, 1n << 64n],
      [u256 as Codec<never>, -1n],
      [fixstr(2) as Codec<never>, new Uint8Array(3)],
      [maybe(7, u8) as Codec<never>, 7],
      [maybeHash as Codec<never>, "0".repeat(64)],
    ];
    for (const [codec, value] of refused) assert.throws(() => encode(codec, value as never), CodecError);
  });
});
