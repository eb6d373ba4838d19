import { isIP } from "node:net";

/**
 * The header with which a load balancer says whose connection it passes on: the PROXY protocol, version 1 (a line) and
 * version 2 (binary).
 */
export type ProxyHeader =
  | { readonly kind: "incomplete" }
  | { readonly kind: "invalid"; readonly reason: string }
  /** `length`: bytes of the header. `source`: null if the balancer speaks for itself or does not know. */
  | { readonly kind: "complete"; readonly length: number; readonly source: string | null };

const INCOMPLETE: ProxyHeader = { kind: "incomplete" };
const V1_START = Buffer.from("PROXY ", "latin1");
/** The protocol's own limit, CRLF included. */
const V1_MAX = 107;
const V2_SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const V2_FIXED = 16;
/** Addresses and what else a balancer may add; more than any sends. */
const V2_MAX = 4096;

/** Longest header there is: who sends so much without one sends none. */
export const PROXY_HEADER_MAX = V2_FIXED + V2_MAX;

/** Reads the header at the start of a connection. */
export function readProxyHeader(data: Buffer): ProxyHeader {
  if (startsLike(data, V2_SIGNATURE)) return data.length < V2_FIXED ? INCOMPLETE : readBinary(data);
  if (startsLike(data, V1_START)) return readLine(data);
  return { kind: "invalid", reason: "no PROXY header" };
}

/** Equal as far as both go. */
function startsLike(data: Buffer, start: Buffer): boolean {
  const length = Math.min(data.length, start.length);
  return data.compare(start, 0, length, 0, length) === 0;
}

function readLine(data: Buffer): ProxyHeader {
  const end = data.subarray(0, V1_MAX).indexOf("\r\n");
  if (end < 0) return data.length < V1_MAX ? INCOMPLETE : { kind: "invalid", reason: "a PROXY line without an end" };
  const [, family, source = ""] = data.toString("latin1", 0, end).split(" ");
  const length = end + 2;
  if (family === "UNKNOWN") return { kind: "complete", length, source: null };
  const isRight = (family === "TCP4" && isIP(source) === 4) || (family === "TCP6" && isIP(source) === 6);
  return isRight
    ? { kind: "complete", length, source }
    : { kind: "invalid", reason: "a PROXY line without an address" };
}

function readBinary(data: Buffer): ProxyHeader {
  const version = data[12]! >> 4;
  const command = data[12]! & 15;
  const family = data[13]! >> 4;
  const size = data.readUInt16BE(14);
  if (version !== 2 || command > 1 || size > V2_MAX) return { kind: "invalid", reason: "an unknown PROXY header" };
  if (data.length < V2_FIXED + size) return INCOMPLETE;
  const length = V2_FIXED + size;
  const body = data.subarray(V2_FIXED, length);
  // A command of 0 is the balancer's own connection, such as a health check.
  if (command === 0) return { kind: "complete", length, source: null };
  if (family === 1 && size >= 12) return { kind: "complete", length, source: body.subarray(0, 4).join(".") };
  if (family === 2 && size >= 36) return { kind: "complete", length, source: ipv6Text(body.subarray(0, 16)) };
  return family === 0 || family === 3
    ? { kind: "complete", length, source: null }
    : { kind: "invalid", reason: "a PROXY header without an address" };
}

function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  // The URL parser knows the short form.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
