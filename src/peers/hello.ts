import { bytesToBinaryString } from "../core/bytes.js";
import { encode } from "../core/codec.js";
import { hmacSha256 } from "../core/hash/index.js";
import { ipAddress } from "../core/network-address.js";
import type { PoolNetwork } from "../networks/index.js";
import type { Endpoint } from "../platform/transport.js";
import { shareFormat } from "../sharechain/index.js";
import { addressKind, canonicalAddress } from "./address.js";
import { LIMITS } from "./limits.js";
import type { VersionMessage } from "./wire/messages.js";

/** What we announce at least (spec/06 §1, §6.1). */
const PROTOCOL_VERSION = 3501;
const MODE = 1;

/** What a peer said of itself. */
export interface Hello {
  readonly version: number;
  readonly services: bigint;
  readonly nonce: bigint;
  /** Printable ASCII, cut: safe to show. */
  readonly software: string;
  readonly bestShare: string | null;
  /** The address that it sees us at; null if it is none that could be ours. */
  readonly seenAt: string | null;
}

export function readHello(message: VersionMessage): Hello {
  const { version, services, nonce, subVersion, bestShare, addrTo } = message;
  const host = canonicalAddress(addrTo.address);
  const seenAt = host === null || addressKind(host) === "unusable" ? null : host;
  return { version, services, nonce, software: printable(subVersion), bestShare, seenAt };
}

/** Bytes of a stranger as text for logs and pages (spec/06 §5.2). */
function printable(bytes: Uint8Array): string {
  return bytesToBinaryString(bytes.subarray(0, LIMITS.softwareNameBytes)).replaceAll(/[^\x20-\x7e]/g, "?");
}

/** Whether it names itself like the reference, which fails on IPv6 addresses (spec/06 §9.6). */
export function isReferenceSoftware(software: string): boolean {
  return /^(unknown|v?\d)/.test(software);
}

/** What we announce on a network: that we can carry all of its shares (spec/20 §13). */
export function protocolVersion({ newestShareVersion }: PoolNetwork): number {
  return Math.max(PROTOCOL_VERSION, shareFormat(newestShareVersion)?.minimumProtocolVersion ?? 0);
}

export interface OwnHello {
  readonly network: PoolNetwork;
  readonly nonce: bigint;
  readonly software: Uint8Array;
  readonly bestShare: string | null;
  readonly remote: Endpoint;
  readonly local: Endpoint;
}

export function versionMessage({ network, nonce, software, bestShare, remote, local }: OwnHello): VersionMessage {
  return {
    version: protocolVersion(network),
    services: 0n,
    addrTo: socketAddress(remote),
    addrFrom: socketAddress(local),
    nonce,
    subVersion: software,
    mode: MODE,
    bestShare,
  };
}

function socketAddress({ host, port }: Endpoint): VersionMessage["addrTo"] {
  return { services: 0n, address: canonicalAddress(host) ?? "0.0.0.0", port };
}

/**
 * The nonce of all connections with one host: equal for the host, so that it recognises a second connection, and unknown to
 * all others, who could else take our place there (spec/06 §5.3).
 */
export function nonceFor(address: string, secret: Uint8Array): bigint {
  const hash = hmacSha256(secret, encode(ipAddress, canonicalAddress(address) ?? "0.0.0.0"));
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true);
}
