import { bytesToHex, equalBytes, tryHexToBytes } from "./bytes.js";
import { type Codec, CodecError, composed, u16be, u64 } from "./codec.js";

/** The address of a host as both P2P protocols write it (spec/01 §2.5). */
export interface NetworkAddress {
  /** Bits that say what the host offers. */
  readonly services: bigint;
  /** Dotted decimal, or eight groups of four lower-case hex digits, never shortened. */
  readonly address: string;
  readonly port: number;
}

/** Ten zero bytes and two of ff: an IPv4 address follows. */
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/** 16 bytes. */
export const ipAddress: Codec<string> = {
  read: (r) => {
    const bytes = r.raw(16);
    if (equalBytes(bytes.subarray(0, 12), MAPPED_PREFIX)) return bytes.subarray(12).join(".");
    return bytesToHex(bytes).match(/.{4}/g)!.join(":");
  },
  write: (w, v) => {
    if (v.includes(":")) return w.raw(ipv6Bytes(v));
    w.raw(MAPPED_PREFIX);
    w.raw(ipv4Bytes(v));
  },
  minimumSize: 16,
};

function ipv6Bytes(text: string): Uint8Array {
  const bytes = tryHexToBytes(text.replaceAll(":", ""));
  if (bytes?.length !== 16) throw new CodecError("not an IPv6 address in full length", "CODEC_VALUE_RANGE");
  return bytes;
}

function ipv4Bytes(text: string): Uint8Array {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) {
    throw new CodecError("not an IPv4 address", "CODEC_VALUE_RANGE");
  }
  return Uint8Array.from(parts, Number);
}

/** 26 bytes; the port is the only big-endian number of the protocol. */
export const networkAddress: Codec<NetworkAddress> = composed<NetworkAddress>({
  services: u64,
  address: ipAddress,
  port: u16be,
});
