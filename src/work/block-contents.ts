import type { Template, TemplateTransaction } from "../bitcoin/template.js";
import { branchOfFirst } from "../core/merkle.js";
import type { PoolNetwork } from "../networks/pool-network.js";
import { type BlockBranches, blockBranches, type TransactionSelection } from "../sharechain/mint.js";
import type { GentxSize } from "../sharechain/share-node.js";
import { fillBlock } from "./fill-block.js";

/** What a block holds besides its generation transaction. */
export interface BlockContents extends TransactionSelection<TemplateTransaction> {
  readonly branches: BlockBranches;
  /** Of all included ones, 32 bytes each in wire order. */
  readonly hashes: readonly Uint8Array[];
}

/** The contents of a template's blocks, worked out once for all its jobs: they are thousands of transactions. */
export class BlockContentsCache {
  private last: {
    readonly template: Template;
    readonly stripped: number;
    readonly weight: number;
    readonly contents: BlockContents;
  } | null = null;

  /** `gentxSize`: what the generation transaction is expected to take. */
  of(template: Template, gentxSize: GentxSize, network: PoolNetwork): BlockContents {
    const { last } = this;
    const { stripped, weight } = gentxSize;
    if (last?.template === template && last.stripped === stripped && last.weight === weight) return last.contents;
    const selection = fillBlock(template, gentxSize, network);
    const { included } = selection;
    // Another share moves the estimate of the size, and mostly changes nothing.
    const isSame = last?.template === template && isSameList(last.contents.included, included);
    const contents = isSame
      ? { ...last.contents, subsidy: selection.subsidy }
      : { ...selection, branches: branchesOf(template, included), hashes: included.map(({ hash }) => hash) };
    this.last = { template, stripped, weight, contents };
    return contents;
  }
}

/** From the trees that came with the template, if the block holds the first of its transactions: without hashing them. */
function branchesOf({ transactions, trees }: Template, included: readonly TemplateTransaction[]): BlockBranches {
  const count = included.length;
  const isPrefix = trees?.of === transactions && included[count - 1] === transactions[count - 1];
  if (!isPrefix) return blockBranches(included);
  return { byTxid: branchOfFirst(trees.byTxid, count + 1), byHash: branchOfFirst(trees.byHash, count + 1) };
}

function isSameList(a: readonly TemplateTransaction[], b: readonly TemplateTransaction[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
