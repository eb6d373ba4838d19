import { WITNESS_RESERVED } from "../../src/bitcoin/transaction.js";
import { concatBytes } from "../../src/core/bytes.js";
import { encode } from "../../src/core/codec.js";
import { hash256, hash256Pair, Sha256 } from "../../src/core/hash/index.js";
import { GENTX_SUFFIX_SIZE } from "../../src/sharechain/gentx.js";
import { redraft, type ShareNode, type Tracker } from "../../src/sharechain/index.js";
import { committedBytes } from "../../src/sharechain/share.js";

/**
 * What the protocol has hashed of every share, by the same functions and from bytes that are there: header, identifier and
 * info, the end of the hash link, the generation transaction and its witness commitment, and from version 36 on the text of all
 * weights that the info commits to, twice as long as the transaction. All but the hash link's last blocks and the witness
 * commitment are native code. The call does it, once for all of them.
 */
export function hashingOf(nodes: readonly ShareNode[], { rules, windows }: Tracker): () => void {
  const inputs = nodes.map((node) => {
    const { share } = node.item;
    const { format, codec } = rules.version(share.version)!;
    const committed = committedBytes(encode(codec.info, share.info), share.contents.messages, format);
    const longest = Math.min(node.parent?.height ?? 0, rules.network.realChainLength);
    return {
      header: share.headerBytes,
      ref: concatBytes(rules.network.identifier, committed),
      link: share.contents.hashLink,
      buffered: new Uint8Array(Number(share.contents.hashLink.length % 64n)),
      tail: new Uint8Array(GENTX_SUFFIX_SIZE),
      gentx: redraft(node, [], rules, windows).gentx,
      weights: format.commitsToMergedPayouts ? windows.commitment.text(node.parent, longest)!.slice() : null,
      witnesses: share.info.segwit!.wtxidMerkleRoot,
    };
  });
  return () => {
    for (const { header, ref, link, buffered, tail, gentx, weights, witnesses } of inputs) {
      hash256(header);
      hash256(ref);
      Sha256.resume(link.state, link.length, buffered).update(tail).doubleDigest();
      hash256Pair(witnesses, WITNESS_RESERVED);
      hash256(gentx);
      if (weights !== null) hash256(weights);
    }
  };
}
