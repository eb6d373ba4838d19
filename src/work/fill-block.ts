import { subsidyAtHeight } from "../bitcoin/coin.js";
import type { Template, TemplateTransaction } from "../bitcoin/template.js";
import { transaction } from "../bitcoin/transaction.js";
import { hashToHex } from "../core/bytes.js";
import { Reader } from "../core/codec.js";
import type { PoolNetwork } from "../networks/pool-network.js";
import {
  type BlockLimits,
  BlockRoom,
  remainingSubsidy,
  selectTransactions,
  type TransactionSelection,
} from "../sharechain/mint.js";
import type { GentxSize } from "../sharechain/share-node.js";

type Selection = TransactionSelection<TemplateTransaction>;

/** Smallest output of a generation transaction that counts as a signature operation: value, length, pay to a key's hash. */
const SIGOP_OUTPUT_BYTES = 34;
/** What daemons leave for the generation transaction, in signature operations (100 plain ones), and what one costs. */
const RESERVED_SIGOPS = 100;
const SIGOP_COST = 4;

/**
 * Which of a template's transactions a block holds (spec/04 §5.2): all, if they fit beside the generation transaction into
 * the limits of the network and of the daemon; else the first of them. Two kinds of template need care then: one with an
 * extension block keeps the transaction that stands for it and whatever that spends; and one whose transactions are sorted
 * by id has spenders before what they spend. The order stays as it is.
 */
export function fillBlock(template: Template, gentxSize: GentxSize, network: PoolNetwork): Selection {
  const { transactions, subsidy, height, mweb } = template;
  const baseSubsidy = subsidyAtHeight(network.coin, height);
  const limits = limitsOf(template, gentxSize, network);
  const selection = selectTransactions(transactions, subsidy, baseSubsidy, gentxSize, limits);
  if (selection.included.length === transactions.length) return selection;
  if (mweb === null && !isSortedById(transactions)) return selection;
  const dropped = leaveOut(template, new BlockRoom(gentxSize, limits));
  const included = transactions.filter((_, i) => !dropped.has(i));
  const leftOut = transactions.filter((_, i) => dropped.has(i));
  return { included, subsidy: remainingSubsidy(included, leftOut, subsidy, baseSubsidy) };
}

function limitsOf(template: Template, gentxSize: GentxSize, network: PoolNetwork): BlockLimits {
  const { sizeLimit, weightLimit, sigopLimit } = template;
  const isWeighed = weightLimit !== undefined;
  const ownSigops = RESERVED_SIGOPS + Math.ceil(gentxSize.stripped / SIGOP_OUTPUT_BYTES);
  return {
    blockMaxSize: network.blockMaxSize,
    blockMaxWeight: Math.min(network.blockMaxWeight, weightLimit ?? Number.POSITIVE_INFINITY),
    ...(sizeLimit === undefined ? {} : { fullSize: sizeLimit }),
    ...(sigopLimit === undefined ? {} : { sigops: sigopLimit - ownSigops * (isWeighed ? SIGOP_COST : 1) }),
  };
}

function isSortedById(transactions: readonly TemplateTransaction[]): boolean {
  for (let i = 1; i < transactions.length; i++) {
    if (hashToHex(transactions[i - 1]!.txid) > hashToHex(transactions[i]!.txid)) return false;
  }
  return transactions.length > 1;
}

/** Places of transactions to leave out, from the end on until the rest fits, each with all that spends it. */
function leaveOut({ transactions, mweb }: Template, room: BlockRoom): ReadonlySet<number> {
  const parents = parentsOf(transactions);
  const kept = mweb === null ? new Set<number>() : reachable([transactions.length - 1], parents);
  const children = invert(parents);
  for (const each of transactions) room.take(each);
  const dropped = new Set<number>();
  for (let i = transactions.length - 1; i >= 0 && room.isExceeded; i--) {
    if (kept.has(i) || dropped.has(i)) continue;
    for (const spender of reachable([i], children)) {
      if (dropped.has(spender)) continue;
      dropped.add(spender);
      room.giveBack(transactions[spender]!);
    }
  }
  return dropped;
}

/** For each transaction those of the list that it spends, as their inputs say: daemons need not tell. */
function parentsOf(transactions: readonly TemplateTransaction[]): number[][] {
  const places = new Map(transactions.map(({ txid }, i) => [hashToHex(txid), i]));
  return transactions.map(({ data }) =>
    transaction.read(new Reader(data)).inputs.flatMap(({ previousOutput }) => {
      const place = previousOutput === null ? undefined : places.get(hashToHex(previousOutput.hash));
      return place === undefined ? [] : [place];
    }),
  );
}

function invert(edges: readonly (readonly number[])[]): number[][] {
  const inverted: number[][] = edges.map(() => []);
  for (const [from, targets] of edges.entries()) for (const to of targets) inverted[to]!.push(from);
  return inverted;
}

/** The places themselves and all that is led to from them. */
function reachable(from: readonly number[], edges: readonly (readonly number[])[]): Set<number> {
  const found = new Set(from);
  // A set goes on to what is added while it is walked.
  for (const place of found) for (const next of edges[place]!) found.add(next);
  return found;
}
