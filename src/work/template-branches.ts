import type { Template, TemplateTransaction } from "../bitcoin/template.js";
import { type BlockBranches, blockBranches } from "../sharechain/mint.js";

/** Merkle branches of a template's transactions, made once for all its jobs. */
export class TemplateBranches {
  private last: { readonly template: Template; readonly count: number; readonly branches: BlockBranches } | null = null;

  /** `included`: the first transactions of the template. */
  of(template: Template, included: readonly TemplateTransaction[]): BlockBranches {
    const count = included.length;
    if (this.last?.template !== template || this.last.count !== count) {
      this.last = { template, count, branches: blockBranches(included) };
    }
    return this.last.branches;
  }
}
