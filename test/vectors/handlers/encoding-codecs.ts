import assert from "node:assert/strict";
import {
  bigIntToBytesBE,
  bigIntToBytesLE,
  bytesToBigIntBE,
  bytesToBigIntLE,
  bytesToHex,
  hexToBytes,
} from "../../../src/core/bytes.js";
import {
  type Codec,
  CodecError,
  decode,
  encode,
  fixstr,
  list,
  mapped,
  maybe,
  u0,
  u8,
  u16,
  u16be,
  u32,
  u64,
  u128,
  u160,
  u256,
  varint,
  varstr,
} from "../../../src/core/codec.js";
import { ipAddress, networkAddress } from "../../../src/core/network-address.js";
import { type StaleInfo, staleInfoOfByte, staleInfoToByte } from "../../../src/core/stale-info.js";
import { eachCase, type FileHandler, oneCase } from "../runner.js";

interface HexValue {
  readonly hex: string;
  readonly value: string;
}

function roundTrip<T>(codec: Codec<T>, value: T, hex: string): void {
  assert.equal(bytesToHex(encode(codec, value)), hex);
  assert.deepEqual(decode(codec, hexToBytes(hex)), value);
}

function refuses<T>(codec: Codec<T>, hex: string): void {
  assert.throws(() => decode(codec, hexToBytes(hex)), CodecError);
}

/** A codec of small integers, as one of bigints. */
function wide(codec: Codec<number>): Codec<bigint> {
  return mapped(codec, BigInt, Number);
}

const INTEGERS: ReadonlyMap<string, Codec<bigint>> = new Map([
  ["0 little", wide(u0)],
  ["0 big", wide(u0)],
  ["8 little", wide(u8)],
  ["8 big", wide(u8)],
  ["16 little", wide(u16)],
  ["16 big", wide(u16be)],
  ["32 little", wide(u32)],
  ["64 little", u64],
  ["128 little", u128],
  ["160 little", u160],
  ["256 little", u256],
]);

interface IntegerCase extends HexValue {
  readonly bits: string;
  readonly endian: "big" | "little";
}

/** Widths without a codec of their own are made with the byte functions where they are used. */
function checkInteger({ bits, endian, hex, value }: IntegerCase): void {
  const codec = INTEGERS.get(`${bits} ${endian}`);
  if (codec !== undefined) {
    roundTrip(codec, BigInt(value), hex);
    return;
  }
  const [toBytes, fromBytes] =
    endian === "big" ? [bigIntToBytesBE, bytesToBigIntBE] : [bigIntToBytesLE, bytesToBigIntLE];
  assert.equal(bytesToHex(toBytes(BigInt(value), Number(bits) / 8)), hex);
  assert.equal(fromBytes(hexToBytes(hex)), BigInt(value));
}

function refusesInteger({ bits, value }: { readonly bits: string; readonly value: string }): void {
  const codec = INTEGERS.get(`${bits} little`);
  assert.ok(codec, `no codec of ${bits} bits`);
  assert.throws(() => encode(codec, BigInt(value)), CodecError);
}

interface ListCase {
  readonly type: string;
  readonly hex: string;
  readonly value: readonly string[];
}

function checkList({ type, hex, value }: ListCase): void {
  if (type === "list<int256>") {
    const hashes = value.map((digits) => BigInt(`0x${digits}`));
    roundTrip(list(u256), hashes, hex);
  } else {
    assert.equal(type, "list<varint> mul=2");
    roundTrip(list(varint, 2), value.map(BigInt), hex);
  }
}

interface MaybeCase {
  readonly type: "hash256" | "sequence32";
  readonly none_value: string;
  readonly value: string | null;
  readonly hex?: string;
}

function checkMaybe({ type, none_value, value, hex }: MaybeCase): void {
  const codec = maybe(BigInt(none_value), type === "hash256" ? u256 : wide(u32));
  const number = value === null ? null : BigInt(value);
  if (hex === undefined) assert.throws(() => encode(codec, number), CodecError);
  else roundTrip(codec, number, hex);
}

interface AddressFields {
  readonly services: string;
  readonly address: string;
  readonly port: string;
}

export const codecHandlers: FileHandler = {
  varint: (v) => eachCase(v as HexValue[], ({ hex, value }) => roundTrip(varint, BigInt(value), hex)),
  varint_decode_errors: (v) => eachCase(v as HexValue[], ({ hex }) => refuses(varint, hex)),
  varint_encode_too_large: () => oneCase(() => assert.throws(() => encode(varint, 2n ** 64n), CodecError)),
  varstr: (v) => eachCase(v as HexValue[], ({ hex, value }) => roundTrip(varstr, hexToBytes(value), hex)),
  // The reference takes what is there; every short read is an error here (spec/01 §2.3).
  varstr_truncated: (v) => eachCase(v as HexValue[], ({ hex }) => refuses(varstr, hex)),
  fixedstr_truncated: (v) =>
    eachCase(v as HexValue[], ({ hex }) => {
      refuses(fixstr(8), hex);
      roundTrip(fixstr(hex.length / 2), hexToBytes(hex), hex);
    }),
  int: (v) => eachCase(v as IntegerCase[], checkInteger),
  int_encode_errors: (v) => eachCase(v as IntegerCase[], refusesInteger),
  list: (v) => eachCase(v as ListCase[], checkList),
  list_mul2_odd: () => oneCase(() => assert.throws(() => encode(list(varint, 2), [1n, 2n, 3n]), CodecError)),
  possibly_none: (v) => eachCase(v as MaybeCase[], checkMaybe),
  ip: (v) =>
    eachCase(v as { address: string; hex: string }[], ({ address, hex }) => roundTrip(ipAddress, address, hex)),
  net_address: (v) =>
    eachCase(v as { hex: string; value: AddressFields }[], ({ hex, value }) =>
      roundTrip(
        networkAddress,
        { services: BigInt(value.services), address: value.address, port: Number(value.port) },
        hex,
      ),
    ),
  stale_info: (v) =>
    eachCase(v as { byte: string; value: StaleInfo }[], ({ byte, value }) => {
      const [number] = hexToBytes(byte);
      assert.equal(staleInfoOfByte(number!), value);
      assert.equal(staleInfoToByte(value), number);
    }),
};
