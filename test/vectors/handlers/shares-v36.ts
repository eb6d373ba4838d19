import assert from "node:assert/strict";
import { bytesToHex, hashToHex, hexToBytes } from "../../../src/core/bytes.js";
import { networkByName } from "../../../src/networks/index.js";
import { describeShare } from "../../../src/sharechain/describe.js";
import { blockBranches, UnsolvedShare } from "../../../src/sharechain/mint.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { loadShare } from "../../../src/sharechain/share.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import { redraft } from "../../../src/sharechain/verify.js";
import { eachCase, type FileHandler } from "../runner.js";
import { IGNORANT_DAEMON, usesOf } from "./share-network.js";
import { shares } from "./shares.js";

/** Far enough after every recorded timestamp. */
const NOW = 1_800_000_000;

/** A network as the files name it in words: `litecoin with max_target 2^256/2^3 - 1`, and chain lengths where they differ. */
export function rulesOf(words: string): ShareRules {
  const network = networkByName(words.split(/[ ,]/)[0]!);
  const eased = /2\^256\/2\^(\d+) ?- ?1/.exec(words)?.[1];
  const length = /, CHAIN_LENGTH (\d+)/.exec(words)?.[1];
  return new ShareRules({
    ...network,
    ...usesOf(36),
    ...(eased === undefined ? {} : { maxTarget: (1n << (256n - BigInt(eased))) - 1n }),
    ...(length === undefined ? {} : { chainLength: Number(length), realChainLength: Number(length) }),
  });
}

/** shares-v36.json: what it has besides what the files of the other versions have (spec/20 §4, §5.3, §8.2). */
export const sharesV36: FileHandler = {
  ...shares,
  owners: (value) =>
    eachCase(
      value as { network: string; pubkey_hash_bytes: string; pubkey_type: string; script: string; address: string }[],
      ({ network, pubkey_hash_bytes, pubkey_type, script, address }) => {
        const payable = rulesOf(network).typedHash(hexToBytes(pubkey_hash_bytes), Number(pubkey_type));
        assert.deepEqual([bytesToHex(payable.script.subarray(1)), payable.address], [script, address]);
      },
    ),
  hash_link_remainders: (value) =>
    eachCase(value as Remainder[], (row) => {
      const { raw, hash, hash_link, coinbase_length, remainder, gentx_hash, gentx_stripped_hex } = row;
      const rules = rulesOf("bitcoin with max_target 2^256/2^4-1");
      const share = loadShare(hexToBytes(raw), rules);
      const tracker = new Tracker(rules);
      const node = tracker.add(share, 0)!;
      assert.ok(tracker.verify(node, NOW, IGNORANT_DAEMON).ok);
      const draft = redraft(node, [], rules, tracker.windows);
      const { hashLink } = new UnsolvedShare(draft, blockBranches([]), rules.version(share.version)!);
      assert.deepEqual(hashLink, share.contents.hashLink);
      assert.deepEqual(
        {
          hash: share.id,
          hash_link: (describeShare(share).contents as { hash_link: unknown }).hash_link,
          coinbase_length: String(share.info.data.coinbase.length),
          remainder: String(hashLink.length % 64n),
          gentx_hash: hashToHex(share.gentxHash),
          gentx_stripped_hex: bytesToHex(draft.gentx),
        },
        { hash, hash_link, coinbase_length, remainder, gentx_hash, gentx_stripped_hex },
      );
    }),
  abswork_wrap: (value) =>
    eachCase(
      value as Record<"network" | "parent_raw" | "parent_abswork" | "raw" | "hash" | "abswork" | "attempts", string>[],
      (row) => {
        // Some parents are of version 35, which a chain of two shares could not have gone on from: with a chain length of one
        // the votes of no share decide, and nothing else changes.
        const rules = rulesOf(`${row.network}, CHAIN_LENGTH 1`);
        const tracker = new Tracker(rules);
        const parent = tracker.add(loadShare(hexToBytes(row.parent_raw), rules), 0)!;
        const node = tracker.add(loadShare(hexToBytes(row.raw), rules), 0)!;
        const verdict = tracker.verify(node, NOW, IGNORANT_DAEMON);
        assert.ok(verdict.ok, verdict.ok ? "" : verdict.reason);
        const { share } = node.item;
        assert.deepEqual([parent.item.share.info.abswork, share.info.abswork, share.work].map(String), [
          row.parent_abswork,
          row.abswork,
          row.attempts,
        ]);
        assert.equal(share.id, row.hash);
      },
    ),
};

type Remainder = Record<
  "coinbase_length" | "gentx_hash" | "gentx_stripped_hex" | "hash" | "raw" | "remainder",
  string
> & { readonly hash_link: Record<string, string> };
