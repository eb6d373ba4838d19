import { subsidyAtHeight } from "../bitcoin/coin.js";
import type { Template, TemplateTransaction } from "../bitcoin/template.js";
import type { PoolNetwork } from "../networks/pool-network.js";
import {
  type BlockBranches,
  blockBranches,
  selectTransactions,
  type TransactionSelection,
} from "../sharechain/mint.js";
import type { GentxSize } from "../sharechain/share-node.js";

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
    const baseSubsidy = subsidyAtHeight(network.coin, template.height);
    const selection = selectTransactions(template.transactions, template.subsidy, baseSubsidy, gentxSize, network);
    const { included } = selection;
    // Another share moves the estimate of the size, and mostly changes nothing.
    const isSame = last?.template === template && last.contents.included.length === included.length;
    const contents = isSame
      ? { ...last.contents, subsidy: selection.subsidy }
      : { ...selection, branches: blockBranches(included), hashes: included.map(({ hash }) => hash) };
    this.last = { template, stripped, weight, contents };
    return contents;
  }
}
