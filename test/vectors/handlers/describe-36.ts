import { binaryStringToBytes, bytesToBinaryString, bytesToHex } from "../../../src/core/bytes.js";
import type { DecayedWeights } from "../../../src/sharechain/decayed-window.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import type { Tracker } from "../../../src/sharechain/tracker.js";
import type { JsonObject } from "../runner.js";

/** What the files of version 36 record of a share besides what those of all versions do. */
export function describeOf36(node: ShareNode, { rules, windows }: Tracker): JsonObject {
  const { share } = node.item;
  const { parent } = node;
  const maxShares = Math.min(parent?.height ?? 0, rules.network.realChainLength);
  const text = windows.commitment.text(parent, maxShares);
  return {
    hash_link_remainder: String(share.contents.hashLink.length % 64n),
    is_segwit_record_present: share.info.segwit !== null,
    merged_payout_text: text === null ? null : bytesToBinaryString(text),
    pplns: describeDecayed(windows.decayed.weights(parent, maxShares)),
  };
}

export function describeDecayed({ byScript, total, donation }: DecayedWeights): JsonObject {
  return {
    weights: Object.fromEntries([...byScript].map(([script, weight]) => [scriptHex(script), String(weight)])),
    total_weight: String(total),
    donation_weight: String(donation),
  };
}

/** Of a script's bytes as characters. */
export function scriptHex(script: string): string {
  return bytesToHex(binaryStringToBytes(script));
}
