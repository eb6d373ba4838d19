import type { z } from "zod";
import { bytesToBigIntLE, bytesToHex, hashToHex } from "../../core/bytes.js";
import { bitsToHex, bitsToTarget, targetToDifficulty } from "../../core/compact.js";
import { staleInfoOfByte } from "../../core/stale-info.js";
import { targetToHex } from "../../sharechain/describe.js";
import { type ExplainedGentx, explainGentx } from "../../sharechain/explain-gentx.js";
import type { ShareNode } from "../../sharechain/share-node.js";
import type { NodeView } from "../view.js";
import type { ApiContext } from "./resource.js";
import type * as schemas from "./schemas.js";

/** A share that is not in the best chain is undecided for so many share periods, and seconds at most. */
const PENDING = { periods: 4, most: 120 };

export function shareItem(view: NodeView, node: ShareNode, now: number): z.input<typeof schemas.shareItem> {
  const { share, seenAt } = node.item;
  const { info } = share;
  return {
    hash: share.id,
    parent: share.parentId,
    height: node.height,
    createdAt: info.timestamp,
    seenAt: seenAt === 0 ? null : seenAt,
    difficulty: targetToDifficulty(share.target),
    address: share.address,
    stale: staleInfoOfByte(info.data.staleInfo),
    version: share.version,
    desiredVersion: String(info.data.desiredVersion),
    mine: view.ownShares.isLate(share.id) !== null,
    verified: view.tracker.isVerified(node),
    block: share.isBlockSolution,
    state: shareState(view, node, now),
  };
}

function shareState(view: NodeView, node: ShareNode, now: number): "dead" | "good" | "orphan" | "pending" {
  const { best } = view.figures;
  if (best?.isChildOf(node) === true) return "good";
  if (view.ownShares.isLate(node.id) === true) return "dead";
  const seconds = Math.min(PENDING.most, PENDING.periods * view.network.sharePeriod);
  return now - node.item.seenAt < seconds ? "pending" : "orphan";
}

export function shareDetail(context: ApiContext, node: ShareNode): z.input<typeof schemas.shareDetail> {
  const { view, gentxs } = context;
  const { share, peer } = node.item;
  const { info, header } = share;
  const maxTarget = bitsToTarget(info.maxBits);
  const { best } = view.figures;
  const raw = gentxs.of(node)?.raw ?? null;
  return {
    ...shareItem(view, node, context.now()),
    farParent: info.farShareId,
    children: node.children.map(({ id }) => id),
    next: node.children.find((child) => best?.isChildOf(child) === true)?.id ?? null,
    peer: peer === null ? null : view.peerAddress(peer),
    target: targetToHex(share.target),
    maxTarget: targetToHex(maxTarget),
    maxDifficulty: targetToDifficulty(maxTarget),
    work: String(share.work),
    donationFraction: info.data.donation / 65535,
    nonce: info.data.nonce,
    absheight: info.absheight,
    abswork: String(info.abswork),
    subsidySat: String(info.data.subsidy),
    bytes: share.raw.length,
    header: {
      version: header.version,
      previousBlock: header.previousBlock,
      merkleRoot: hashToHex(header.merkleRoot),
      timestamp: header.timestamp,
      bits: bitsToHex(header.bits),
      nonce: header.nonce,
    },
    gentxHash: hashToHex(share.gentxHash),
    powHash: hashToHex(share.powHash),
    actualDifficulty: targetToDifficulty(bytesToBigIntLE(share.powHash)),
    wtxidMerkleRoot: info.segwit === null ? null : hashToHex(info.segwit.wtxidMerkleRoot),
    gentx: raw === null ? null : gentxDetail(raw, explainGentx(raw, share, view.network.coin)),
  };
}

function gentxDetail(raw: Uint8Array, explained: ExplainedGentx): z.input<typeof schemas.gentx> {
  const total = explained.outputs.reduce((sum, { value }) => sum + value, 0n);
  return {
    raw: bytesToHex(raw),
    size: explained.size,
    height: explained.height === null || explained.height < 0n ? null : Number(explained.height),
    scriptHex: bytesToHex(explained.script),
    pushes: explained.pushes.map((push) => ({ hex: bytesToHex(push), text: printable(push) })),
    restHex: bytesToHex(explained.rest),
    merged: explained.merged,
    referenceRight: explained.isReferenceRight,
    outputs: explained.outputs.map(({ value, script, role, address, isFinder, opReturn }) => ({
      valueSat: String(value),
      scriptHex: bytesToHex(script),
      role,
      address,
      finder: isFinder,
      fraction: total === 0n || opReturn !== null ? null : Number(value) / Number(total),
      opReturn:
        opReturn === null
          ? null
          : {
              wellFormed: opReturn.wellFormed,
              payload: bytesToHex(opReturn.payload),
              trailing: bytesToHex(opReturn.trailing),
              text: opReturn.text,
              special: opReturn.special,
              protocol: opReturn.protocol,
            },
    })),
  };
}

/** Texts of a coinbase script, where they are printable ASCII. */
function printable(push: Uint8Array): string | null {
  if (push.length < 2 || push.some((byte) => byte < 0x20 || byte > 0x7e)) return null;
  return String.fromCharCode(...push);
}
