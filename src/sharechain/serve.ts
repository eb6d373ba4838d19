import { concatBytes } from "../core/bytes.js";
import { encode, Reader, varint, varstr } from "../core/codec.js";
import type { ShareNode } from "./share-node.js";
import type { Tracker } from "./tracker.js";

/** Most shares of one answer, over all that was asked for (spec/04 §8.7). */
const MAX_SHARES = 1000;

/**
 * The shares that answer a download request: from each known hash downwards, itself and up to `parents` more, ending before a
 * stop hash. A hash that is asked for twice is answered twice.
 */
export function sharesToServe(
  tracker: Tracker,
  hashes: readonly string[],
  parents: number,
  stops: ReadonlySet<string>,
): ShareNode[] {
  if (hashes.length === 0) return [];
  const each = Math.min(parents, Math.floor(MAX_SHARES / hashes.length)) + 1;
  const found: ShareNode[] = [];
  for (const hash of hashes) {
    const start = tracker.main.get(hash);
    if (start === undefined) continue;
    for (const node of start.chain(Math.min(each, start.height))) {
      if (stops.has(node.id)) break;
      found.push(node);
    }
  }
  return found;
}

/** Shares in one piece, as interfaces hand out a chain: for each its length as a compact size, then its bytes. */
export function joinShareChain(raws: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...raws.flatMap((raw) => [encode(varint, BigInt(raw.length)), raw]));
}

/** The shares of `joinShareChain`. @throws CodecError if it ends within a share */
export function splitShareChain(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const raws: Uint8Array[] = [];
  while (reader.offset < bytes.length) raws.push(varstr.read(reader));
  return raws;
}
