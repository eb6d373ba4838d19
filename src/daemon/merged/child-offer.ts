import { createHash } from "node:crypto";
import { type ChildOffer, childCoinbaseBranch } from "../../bitcoin/child-block.js";
import { hashToHex } from "../../core/bytes.js";
import { bitsToTarget } from "../../core/compact.js";
import { inSlices } from "../../platform/slices.js";
import type { BlockTemplate } from "../rpc/index.js";
import { templateInSteps } from "../template.js";
import type { AuxWork } from "./aux-work.js";

/** Where a header's version has the identity of its chain. */
const CHAIN_ID_SHIFT = 16;
/** What every chain of the kind takes, where its daemon does not say it. */
const USUAL_SIZE_LIMIT = 1_000_000;

/** Of which chain a template says that it is, in the version of its header; null if of none of these. */
export function chainOfTemplate({ version }: BlockTemplate, chainIds: readonly number[]): number | null {
  const chainId = version >>> CHAIN_ID_SHIFT;
  return chainIds.includes(chainId) ? chainId : null;
}

/** A template of a merged chain, as what a block that pays every miner is made from (spec/20 §9.4). @throws TemplateError */
export async function readChildOffer(answer: BlockTemplate, chainId: number, receivedAt: number): Promise<AuxWork> {
  const read = await inSlices(templateInSteps(answer, answer.height ?? 0, receivedAt));
  const { previousBlock, height, bits, version, time, subsidy } = read;
  const transactions = read.transactions.map(({ txid, data }) => ({ txid, raw: data }));
  const offer: ChildOffer = {
    template: {
      chainId,
      version,
      previousBlock,
      time,
      bits,
      transactions,
    },
    height: BigInt(height),
    value: subsidy,
    fees: read.transactions.map(({ fee }) => fee),
    sizeLimit: read.sizeLimit ?? USUAL_SIZE_LIMIT,
    coinbaseBranch: childCoinbaseBranch(transactions),
  };
  const target = bitsToTarget(bits);
  return { chainId, hash: contentsOf(offer), target, previousBlock, height, value: subsidy, offer };
}

/** Tells offers apart that make other blocks; a later time alone makes none that is worth new work. */
function contentsOf({ template, height, value }: ChildOffer): string {
  const { chainId, version, previousBlock, bits, transactions } = template;
  const ids = transactions.map(({ txid }) => hashToHex(txid));
  const text = [chainId, version, previousBlock, bits, height, value, ...ids].join(" ");
  return createHash("sha256").update(text).digest("hex");
}
