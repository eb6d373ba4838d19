import { bytesToBigIntLE, bytesToHex, hashToHex } from "../../core/bytes.js";
import { bitsToTarget } from "../../core/compact.js";
import { staleInfoOfByte } from "../../core/stale-info.js";
import type { ShareNode } from "../../sharechain/share-node.js";
import { resolveTransactions } from "../../sharechain/transaction-lists.js";
import { coins } from "../exact-json.js";
import type { GentxSource } from "../gentx-source.js";
import type { NodeView } from "../view.js";

/** Names of the reference's classes, which pages show. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  17: "Share",
  32: "PreSegwitShare",
  33: "NewShare",
  34: "SegwitMiningShare",
  35: "PaddingBugfixShare",
};

/** `/web/share/HASH` (spec/12 A.4): targets and sums of work are exact integers. */
export function sharePage(view: NodeView, node: ShareNode, gentxs: GentxSource): unknown {
  const { share, seenAt, peer } = node.item;
  const { info, header, contents } = share;
  const { data } = info;
  const gentx = gentxs.of(node);
  const from = peer === null ? null : view.peerAddress(peer);
  return {
    parent: share.parentId ?? "None",
    far_parent: info.farShareId ?? "None",
    children: [...node.children].sort((a, b) => b.children.length - a.children.length).map(({ id }) => id),
    type_name: TYPE_NAMES[share.version] ?? `Share${share.version}`,
    local: {
      verified: view.tracker.isVerified(node),
      // Shares from disk count as seen at 0; the start of the process is what the classic interface tells.
      time_first_seen: seenAt === 0 ? view.startedAt : seenAt,
      peer_first_received_from: from === null ? null : splitEndpoint(from),
    },
    share_data: {
      timestamp: info.timestamp,
      target: share.target,
      max_target: bitsToTarget(info.maxBits),
      payout_address: share.address,
      donation: data.donation / 65535,
      stale_info: staleInfoOfByte(data.staleInfo),
      nonce: data.nonce,
      desired_version: data.desiredVersion,
      absheight: info.absheight,
      abswork: info.abswork,
    },
    block: {
      hash: share.id,
      header: {
        version: header.version,
        previous_block: header.previousBlock ?? "0".repeat(64),
        merkle_root: hashToHex(header.merkleRoot),
        timestamp: header.timestamp,
        target: bitsToTarget(header.bits),
        nonce: header.nonce,
      },
      gentx: {
        hash: hashToHex(share.gentxHash),
        raw: gentx === null ? "unknown" : bytesToHex(gentx.raw),
        coinbase: bytesToHex(data.coinbase).padEnd(4, "0"),
        value: coins(data.subsidy),
        last_txout_nonce: bytesToBigIntLE(contents.lastTxoutNonce).toString(16).padStart(16, "0"),
      },
      other_transaction_hashes: share.format.listsTransactions
        ? (resolveTransactions(node)?.map(hashToHex) ?? null)
        : [],
    },
  };
}

function splitEndpoint(endpoint: string): [host: string, port: number] {
  const at = endpoint.lastIndexOf(":");
  return [endpoint.slice(0, at).replace(/^\[|\]$/g, ""), Number(endpoint.slice(at + 1))];
}
