import { bytesToHex } from "../core/bytes.js";
import type { TransactionLists } from "./contents.js";
import { DraftError } from "./errors.js";
import type { ShareNode } from "./share-node.js";

/** How far back a transaction may be referred to by a share that is minted canonically (spec/03 §10). */
const MAX_DEPTH = 100;

/**
 * The canonical transaction lists of a share before version 34: a hash listed by one of the 100 nearest ancestors is
 * referred to at the nearest one and its first position there; every other is listed anew, in order of use.
 * @throws DraftError if an ancestor that close does not list transactions (spec/04 §3.3).
 */
export function listTransactions(parent: ShareNode | null, hashes: readonly Uint8Array[]): TransactionLists {
  const places = indexAncestors(parent);
  const newHashes: Uint8Array[] = [];
  const refs: bigint[] = [];
  for (const hash of hashes) {
    const place = places.get(bytesToHex(hash));
    if (place !== undefined) refs.push(place.share, place.position);
    else {
      refs.push(0n, BigInt(newHashes.length));
      newHashes.push(hash);
    }
  }
  return { newHashes, refs };
}

function indexAncestors(parent: ShareNode | null): Map<string, { share: bigint; position: bigint }> {
  const places = new Map<string, { share: bigint; position: bigint }>();
  if (parent === null) return places;
  let depth = 1n;
  for (const ancestor of parent.chain(Math.min(parent.height, MAX_DEPTH))) {
    const lists = ancestor.item.share.info.transactions;
    if (lists === null) {
      throw new DraftError(`ancestor ${depth} does not list its transactions`, { code: "DRAFT_LISTED_TRANSACTIONS" });
    }
    for (let i = 0; i < lists.newHashes.length; i++) {
      const key = bytesToHex(lists.newHashes[i]!);
      if (!places.has(key)) places.set(key, { share: depth, position: BigInt(i) });
    }
    depth++;
  }
  return places;
}

/**
 * Hashes of the block's other transactions, from the references of a share at `node`'s place; null if one leads nowhere
 * (spec/04 §3.2 step 3).
 */
export function resolveTransactions(node: ShareNode): Uint8Array[] | null {
  const lists = node.item.share.info.transactions;
  if (lists === null) return [];
  const hashes: Uint8Array[] = [];
  for (let i = 0; i < lists.refs.length; i += 2) {
    const depth = Number(lists.refs[i]!);
    if (depth >= node.height) return null;
    const from = node.ancestor(depth)!.item.share.info.transactions;
    const hash = from?.newHashes[Number(lists.refs[i + 1]!)];
    if (hash === undefined) return null;
    hashes.push(hash);
  }
  return hashes;
}
