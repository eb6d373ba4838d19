import type { ShareId } from "../sharechain/contents.js";
import type { Share } from "../sharechain/share.js";
import { seal, unseal } from "./seal.js";

/** A share as it was stored. */
export interface StoredShare {
  readonly id: ShareId;
  /** The wrapper, as received. */
  readonly raw: Uint8Array;
  /** Hash of the header, 32 bytes in wire order, so that no scrypt is needed to load it (spec/05 §3.10): `proveShare`. */
  readonly powHash: Uint8Array;
  /** Seconds since 1970. The tracker is to be given 0 for a loaded share (spec/05 §3.11). */
  readonly seenAt: number;
  /** Found by a miner of this node. */
  readonly isOwn: boolean;
  /** Verified, by the rules that are in force now. */
  readonly isVerified: boolean;
}

/**
 * Keys are `s`, the share's absheight in hex, its id, and `r` for the record or `v` for the mark that it is verified: parents
 * come before children, and a mark right after its share. A stranger's unverified share may lie about its height; loading
 * does not depend on the order (spec/05 §3.3).
 */
export const SHARES_FROM = "s";
export const SHARES_TO = "t";
const KEY = /^s([0-9a-f]{8})([0-9a-f]{64})([rv])$/;

export function shareKey(absheight: number, id: ShareId): string {
  return `s${absheight.toString(16).padStart(8, "0")}${id}r`;
}

export function markKey(absheight: number, id: ShareId): string {
  return `s${absheight.toString(16).padStart(8, "0")}${id}v`;
}

export interface ParsedKey {
  readonly absheight: number;
  readonly id: ShareId;
  readonly kind: "mark" | "share";
}

export function parseShareKey(key: string): ParsedKey | null {
  const match = KEY.exec(key);
  if (match === null) return null;
  const [, absheight, id, kind] = match;
  return { absheight: Number.parseInt(absheight!, 16), id: id as ShareId, kind: kind === "r" ? "share" : "mark" };
}

/*
 * The record: u8 flags (1: own), f64be seenAt, 32 bytes proof-of-work hash, the wrapper to the end.
 */
const OWN = 1;
const SEEN_AT = 1;
const POW_HASH = 9;
const RAW = 41;

export function shareToRecord(key: string, share: Share, seenAt: number, isOwn: boolean): Uint8Array {
  const record = new Uint8Array(RAW + share.raw.length);
  record[0] = isOwn ? OWN : 0;
  new DataView(record.buffer).setFloat64(SEEN_AT, seenAt);
  record.set(share.powHash, POW_HASH);
  record.set(share.raw, RAW);
  return seal(key, record);
}

/** Null if the record is damaged. */
export function recordToShare(key: string, id: ShareId, sealed: Uint8Array): Omit<StoredShare, "isVerified"> | null {
  const record = unseal(key, sealed);
  if (record === null || record.length <= RAW) return null;
  return {
    id,
    isOwn: (record[0]! & OWN) !== 0,
    seenAt: new DataView(record.buffer, record.byteOffset).getFloat64(SEEN_AT),
    powHash: record.subarray(POW_HASH, RAW),
    raw: record.subarray(RAW),
  };
}

/**
 * Which rules a share was verified by; to be raised with every change of consensus, so that older marks no longer count
 * (spec/05 §3.4).
 */
const RULES_REVISION = 1;

export function markToRecord(key: string): Uint8Array {
  return seal(key, Uint8Array.of(RULES_REVISION));
}

export function isMarkValid(key: string, sealed: Uint8Array): boolean {
  return unseal(key, sealed)?.[0] === RULES_REVISION;
}
