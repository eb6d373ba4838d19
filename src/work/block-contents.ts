import type { Template, TemplateTransaction } from "../bitcoin/template.js";
import { branchOfFirst } from "../core/merkle.js";
import type { PoolNetwork } from "../networks/pool-network.js";
import type { SegwitData } from "../sharechain/contents.js";
import { commitmentTo } from "../sharechain/draft.js";
import { type BlockBranches, blockBranches, segwitData, type TransactionSelection } from "../sharechain/mint.js";
import type { VersionRules } from "../sharechain/rules.js";
import type { GentxSize } from "../sharechain/share-node.js";
import { coinbaseScript } from "./coinbase-script.js";
import { fillBlock } from "./fill-block.js";
import { headerTemplate } from "./header-template.js";
import type { HeaderTemplate } from "./job.js";

/** What a block holds besides its generation transaction. */
export interface BlockContents extends TransactionSelection<TemplateTransaction> {
  readonly branches: BlockBranches;
  /** Null unless its share is segwit-active, like what the generation transaction says of it. */
  readonly segwit: SegwitData | null;
  readonly witnessCommitment: Uint8Array | null;
  /** Of all included ones, 32 bytes each in wire order. */
  readonly hashes: readonly Uint8Array[];
}

/** The contents of a template's blocks, worked out once for all its jobs: they are thousands of transactions. */
export class BlockContentsCache {
  private last: {
    readonly template: Template;
    readonly stripped: number;
    readonly weight: number;
    readonly version: VersionRules;
    readonly contents: BlockContents;
  } | null = null;

  private lastHeader: { readonly template: Template; readonly header: HeaderTemplate } | null = null;
  private lastScript: {
    readonly template: Template;
    readonly commitment: Uint8Array | null;
    readonly texts: readonly Uint8Array[];
    readonly script: Uint8Array;
  } | null = null;

  /** The header of its blocks as far as it is known. */
  header(template: Template): HeaderTemplate {
    if (this.lastHeader?.template !== template) this.lastHeader = { template, header: headerTemplate(template) };
    return this.lastHeader.header;
  }

  /** The script of its generation transactions' input. `commitment`: to merged chains; null for none. */
  coinbaseScript(template: Template, commitment: Uint8Array | null, texts: readonly Uint8Array[]): Uint8Array {
    const last = this.lastScript;
    if (last?.template === template && last.commitment === commitment && last.texts === texts) return last.script;
    const script = coinbaseScript(template.height, commitment, texts, template.coinbaseFlags);
    this.lastScript = { template, commitment, texts, script };
    return script;
  }

  /** `gentxSize`: what the generation transaction is expected to take; `version`: of the share. */
  of(template: Template, gentxSize: GentxSize, version: VersionRules, network: PoolNetwork): BlockContents {
    const last = this.last?.version === version ? this.last : null;
    const { stripped, weight } = gentxSize;
    if (last?.template === template && last.stripped === stripped && last.weight === weight) return last.contents;
    const selection = fillBlock(template, gentxSize, network);
    const { included } = selection;
    // Another share moves the estimate of the size, and mostly changes nothing.
    const isSame = last?.template === template && isSameList(last.contents.included, included);
    const contents = isSame
      ? { ...last.contents, subsidy: selection.subsidy }
      : contentsOf(template, selection, version);
    this.last = { template, stripped, weight, version, contents };
    return contents;
  }
}

function contentsOf(
  template: Template,
  selection: TransactionSelection<TemplateTransaction>,
  version: VersionRules,
): BlockContents {
  const { included } = selection;
  const branches = branchesOf(template, included);
  const hashes = included.map(({ hash }) => hash);
  const segwit = segwitData(branches, version);
  return { ...selection, branches, segwit, witnessCommitment: commitmentTo(segwit), hashes };
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
