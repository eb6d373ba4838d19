import { base58, bech32 } from "@scure/base";
import {
  bytesToBigIntBE,
  bytesToBigIntLE,
  bytesToHex,
  concatBytes,
  equalBytes,
  hexToBytes,
  tryHexToBytes,
} from "../core/bytes.js";
import { P2PoolError } from "../core/errors.js";
import { hash160, hash256 } from "../core/hash/index.js";
import { decodeCashAddr, encodeCashAddr } from "./cashaddr.js";
import type { Coin } from "./coin.js";
import { OP_1 } from "./script.js";

/**
 * Addresses and the scripts that shares make of them (spec/01 §8). A payout is keyed by the text of an address, so texts
 * that mean the same script are different payees; `canonicalAddress` picks one text before it goes into a share.
 */
export type AddressErrorCode =
  /** In no form that the coin has. */
  | "ADDRESS_INVALID"
  /** Well formed, but of another coin or chain. */
  | "ADDRESS_OTHER_NETWORK"
  /** Resolves, but the rule of the share's version makes no script of it. */
  | "ADDRESS_UNUSABLE"
  /** Looks like an address of this coin, but the checksum says that it was mistyped. */
  | "ADDRESS_CHECKSUM"
  /** A kind of address that shares of this version cannot carry, such as taproot. */
  | "ADDRESS_UNSUPPORTED"
  /** The rule of the share's version makes a script that is not the address's own: coins sent there would be lost. */
  | "ADDRESS_SCRIPT_DIFFERS";

export class AddressError extends P2PoolError<{ code: AddressErrorCode }> {}

/** Which rule turns hashes into script bytes: the old one loses leading zeros, the fixed one fills up to 20 bytes. */
export type Padding = "old" | "fixed";

/** Fixed for shares of version 35 and later, whatever the chain around them (spec/01 §8.5). */
export function paddingOf(shareVersion: number): Padding {
  return shareVersion >= 35 ? "fixed" : "old";
}

export type ResolvedAddress =
  | { readonly kind: "pubkeyHash" | "scriptHash"; readonly version: number; readonly hash: Uint8Array }
  | { readonly kind: "witness"; readonly witnessVersion: number; readonly hash: Uint8Array }
  | { readonly kind: "cashaddr"; readonly type: number; readonly hash: Uint8Array };

/**
 * What an address text means for a coin (spec/01 §8.4).
 * @throws AddressError ADDRESS_OTHER_NETWORK for Base58 of another version, ADDRESS_INVALID for anything else.
 */
export function resolveAddress(text: string, coin: Coin): ResolvedAddress {
  const legacy = decodeLegacyAddress(text);
  if (legacy !== null) {
    const { version, hash } = legacy;
    if (version === coin.addressP2shVersion) return { kind: "scriptHash", version, hash };
    if (version === coin.addressVersion) return { kind: "pubkeyHash", version, hash };
    throw new AddressError(`address version ${version} is not one of ${coin.name}`, { code: "ADDRESS_OTHER_NETWORK" });
  }
  const resolved =
    coin.humanReadablePart === null
      ? null
      : coin.addressForm === "cashaddr"
        ? resolveCashAddr(text, coin.humanReadablePart)
        : resolveBech32(text, coin.humanReadablePart);
  if (resolved === null) throw new AddressError(`not an address of ${coin.name}`, { code: "ADDRESS_INVALID" });
  return resolved;
}

export interface LegacyAddress {
  readonly version: number;
  /** 20 bytes, script order. */
  readonly hash: Uint8Array;
}

/** 25 bytes never take more digits; decoding costs the square of the length, and peers choose the text. */
const LONGEST_LEGACY = 35;

/** A Base58Check text of 25 bytes (spec/01 §8.1); null if it is anything else. */
export function decodeLegacyAddress(text: string): LegacyAddress | null {
  const bytes = decodeBase58(text);
  return bytes !== null && equalBytes(legacyChecksum(bytes.subarray(0, 21)), bytes.subarray(21))
    ? { version: bytes[0]!, hash: bytes.subarray(1, 21) }
    : null;
}

/** The 25 bytes of something that has the shape of a legacy address, right checksum or not. */
export function decodeBase58(text: string): Uint8Array | null {
  if (text.length > LONGEST_LEGACY) return null;
  try {
    const bytes = base58.decode(text);
    return bytes.length === 25 ? bytes : null;
  } catch {
    return null;
  }
}

export function encodeLegacyAddress({ version, hash }: LegacyAddress): string {
  const payload = concatBytes(Uint8Array.of(version), hash);
  return base58.encode(concatBytes(payload, legacyChecksum(payload)));
}

function legacyChecksum(payload: Uint8Array): Uint8Array {
  return hash256(payload).subarray(0, 4);
}

/** BIP-173 with its own checksum only, so taproot addresses are not among them (spec/01 §8.2). */
function resolveBech32(text: string, humanReadablePart: string): ResolvedAddress | null {
  const decoded = bech32.decodeUnsafe(text);
  if (!decoded || decoded.prefix !== humanReadablePart) return null;
  const [witnessVersion, ...words] = decoded.words;
  const hash = bech32.fromWordsUnsafe(words);
  if (!hash || witnessVersion === undefined || !isWitnessProgram(witnessVersion, hash)) return null;
  return { kind: "witness", witnessVersion, hash };
}

function isWitnessProgram(witnessVersion: number, program: Uint8Array): boolean {
  const { length } = program;
  return witnessVersion === 0 ? length === 20 || length === 32 : witnessVersion <= 16 && length >= 2 && length <= 40;
}

function resolveCashAddr(text: string, prefix: string): ResolvedAddress | null {
  const decoded = decodeCashAddr(text, prefix);
  return decoded === null ? null : { kind: "cashaddr", ...decoded };
}

/**
 * Output script of an address in the old form, of a chain with these version bytes.
 * @throws AddressError ADDRESS_INVALID, ADDRESS_CHECKSUM or ADDRESS_OTHER_NETWORK
 */
export function legacyScript(
  text: string,
  versions: { readonly addressVersion: number; readonly addressP2shVersion: number },
): Uint8Array {
  const legacy = decodeLegacyAddress(text);
  if (legacy === null) {
    const isMistyped = decodeBase58(text) !== null;
    throw new AddressError(isMistyped ? "it is mistyped: its checksum is wrong" : "it is no address", {
      code: isMistyped ? "ADDRESS_CHECKSUM" : "ADDRESS_INVALID",
    });
  }
  const { version, hash } = legacy;
  if (version === versions.addressVersion) return pubkeyHashScript(hash);
  if (version === versions.addressP2shVersion) return scriptHashScript(hash);
  throw new AddressError("it is an address of another network", { code: "ADDRESS_OTHER_NETWORK" });
}

/**
 * The number that the reference holds an address as: Base58 hashes are read little-endian, all others big-endian.
 * Shares up to version 33 carry it in 160 bits.
 */
export function addressToInteger(resolved: ResolvedAddress): bigint {
  const isLegacy = resolved.kind === "pubkeyHash" || resolved.kind === "scriptHash";
  return isLegacy ? bytesToBigIntLE(resolved.hash) : bytesToBigIntBE(resolved.hash);
}

/**
 * The script that shares pay for an address: consensus, with its bug (spec/01 §8.5). It may differ from `trueScript`.
 * @throws AddressError ADDRESS_UNUSABLE if the rule makes none.
 */
export function addressScript(resolved: ResolvedAddress, padding: Padding): Uint8Array {
  switch (resolved.kind) {
    case "pubkeyHash":
      return pubkeyHashScript(resolved.hash);
    case "scriptHash":
      return scriptHashScript(resolved.hash);
    case "witness":
      // The witness version is ignored.
      return pushed([0x00], hashThroughInteger(resolved.hash, padding), []);
    case "cashaddr": {
      const hash = hashThroughInteger(resolved.hash, padding);
      if (resolved.type === 0) return pushed([0x76, 0xa9], hash, [0x88, 0xac]);
      if (resolved.type === 1) return pushed([0xa9], hash, [0x87]);
      throw new AddressError(`shares cannot pay CashAddr type ${resolved.type}`, { code: "ADDRESS_UNUSABLE" });
    }
  }
}

/** The hash as the digits of an integer: leading zeros are lost, an odd count of digits is an error. */
function hashThroughInteger(hash: Uint8Array, padding: Padding): Uint8Array {
  const digits = bytesToHex(hash).replace(/^0+(?=.)/, "");
  const bytes = tryHexToBytes(padding === "fixed" ? digits.padStart(40, "0") : digits);
  if (bytes === null) {
    throw new AddressError("this address cannot be paid, because its hash starts with a zero digit", {
      code: "ADDRESS_UNUSABLE",
    });
  }
  return bytes;
}

/** The script that the address's owner can spend; null if nobody has defined one. */
export function trueScript(resolved: ResolvedAddress): Uint8Array | null {
  const { hash } = resolved;
  switch (resolved.kind) {
    case "pubkeyHash":
      return pubkeyHashScript(hash);
    case "scriptHash":
      return scriptHashScript(hash);
    case "witness":
      return pushed([resolved.witnessVersion === 0 ? 0x00 : OP_1 - 1 + resolved.witnessVersion], hash, []);
    case "cashaddr":
      if (resolved.type === 0 && hash.length === 20) return pubkeyHashScript(hash);
      if (resolved.type === 1 && hash.length === 20) return scriptHashScript(hash);
      // Pay to a script's double hash, of which the hash has 32 bytes.
      return resolved.type === 1 && hash.length === 32 ? pushed([0xaa], hash, [0x87]) : null;
  }
}

/** `addressScript` of a text. @throws AddressError */
export function payoutScript(text: string, coin: Coin, padding: Padding): Uint8Array {
  return addressScript(resolveAddress(text, coin), padding);
}

/**
 * The one text of an address that goes into shares: lower-case bech32, CashAddr with its prefix, Base58 as it is.
 * @throws AddressError
 */
export function canonicalAddress(text: string, coin: Coin): string {
  const resolved = resolveAddress(text, coin);
  if (resolved.kind === "witness") return text.toLowerCase();
  if (resolved.kind === "cashaddr") return `${coin.humanReadablePart}:${text.toLowerCase().split(":").at(-1)}`;
  return text;
}

function pubkeyHashScript(hash: Uint8Array): Uint8Array {
  return pushed([0x76, 0xa9], hash, [0x88, 0xac]);
}

function scriptHashScript(hash: Uint8Array): Uint8Array {
  return pushed([0xa9], hash, [0x87]);
}

function pushed(before: readonly number[], data: Uint8Array, after: readonly number[]): Uint8Array {
  return concatBytes(Uint8Array.from([...before, data.length]), data, Uint8Array.from(after));
}

/** Where every generation transaction pays donations and what rounding leaves (spec/01 §8.7): 65-byte key, CHECKSIG. */
export const DONATION_SCRIPT: Uint8Array = hexToBytes(
  "4104ffd03de44a6e11b9917f3a29f9443283d9871c9d743ef30d5eddcd37094b64d1b3d8090496b53256786bf5c82932ec23c3b74d9f05a6f95a8b5529352656664bac",
);

/** The same from share version 36 on (spec/20 §5.2): to the hash of a script that either of two authors can sign for. */
export const COMBINED_DONATION_SCRIPT: Uint8Array = hexToBytes("a9148c6272621d89e8fa526dd86acff60c7136be8e8587");

/** The name of the donation script among payees; its output is never a pay-to-pubkey-hash script. */
export function donationAddress(coin: Coin): string {
  return encodeLegacyAddress({ version: coin.addressVersion, hash: hash160(DONATION_SCRIPT.subarray(1, -1)) });
}

/**
 * The address that a script stands for, for display only; null if there is none (spec/01 §8.8). A witness script carries
 * no witness version the way the reference writes it, so the caller may say which one its address had.
 */
export function scriptToAddress(script: Uint8Array, coin: Coin, witnessVersion = 0): string | null {
  const { length } = script;
  const matches = (before: readonly number[], after: readonly number[]): Uint8Array | null => {
    const start = before.length + 1;
    const data = script.subarray(start, Math.max(start, length - after.length));
    return length > start + after.length && equalBytes(pushed(before, data, after), script) ? data : null;
  };
  const key = length <= 77 ? matches([], [0xac]) : null;
  if (key !== null) return encodeLegacyAddress({ version: coin.addressVersion, hash: hash160(key) });

  const pubkeyHash = matches([0x76, 0xa9], [0x88, 0xac]);
  if (pubkeyHash?.length === 20 && coin.addressForm !== "cashaddr") {
    return encodeLegacyAddress({ version: coin.addressVersion, hash: pubkeyHash });
  }
  const program = matches([0x00], []);
  if (program !== null) return encodeBech32(witnessVersion, program, coin);

  const scriptHash = matches([0xa9], [0x87]);
  if (scriptHash?.length === 20 && coin.addressForm !== "cashaddr" && coin.addressP2shVersion !== null) {
    return encodeLegacyAddress({ version: coin.addressP2shVersion, hash: scriptHash });
  }
  if (coin.addressForm !== "cashaddr" || coin.humanReadablePart === null) return null;
  if (pubkeyHash?.length === 20) return encodeCashAddr(coin.humanReadablePart, { type: 0, hash: pubkeyHash });
  if (scriptHash?.length === 20) return encodeCashAddr(coin.humanReadablePart, { type: 1, hash: scriptHash });
  return null;
}

function encodeBech32(witnessVersion: number, program: Uint8Array, coin: Coin): string | null {
  if (coin.addressForm !== "bech32" || coin.humanReadablePart === null) return null;
  if (!isWitnessProgram(witnessVersion, program)) return null;
  return bech32.encode(coin.humanReadablePart, [witnessVersion, ...bech32.toWords(program)]);
}
