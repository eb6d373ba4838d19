import type { Template } from "../bitcoin/template.js";
import { witnessCommitment, witnessCommitmentScript } from "../bitcoin/transaction.js";
import { equalBytes } from "../core/bytes.js";
import { finish, merkleTreeInSteps, rootOfTree } from "../core/merkle.js";
import { hasMweb, TemplateError } from "./template.js";

const ZERO_HASH = new Uint8Array(32);
/** Hashes between two pauses: about half a millisecond. */
const STEP = 400;

/**
 * Compares a template with itself, so that what would make an invalid block is seen before the work goes out: the witness
 * commitment that follows from the transactions as we read them with the one that the daemon gives, and the extension block
 * with the transaction that stands for it. Nearly all the time goes into the trees, which
 * jobs need as well.
 *
 * @throws TemplateError
 */
export function checkTemplate(template: Template): void {
  finish(checkedInSteps(template));
}

/** The same with pauses; the template with its trees. */
export function* checkedInSteps(template: Template): Generator<void, Template> {
  checkMweb(template);
  const { transactions: of } = template;
  const hashes = of.map(({ hash }) => hash);
  const byHash = yield* merkleTreeInSteps(hashes, STEP);
  checkCommitment(template, rootOfTree(byHash));
  const isPlain = of.every(({ txid, hash }) => txid === hash);
  const byTxid = isPlain
    ? byHash
    : yield* merkleTreeInSteps(
        of.map(({ txid }) => txid),
        STEP,
      );
  return { ...template, trees: { of, byHash, byTxid } };
}

function checkCommitment(template: Template, root: Uint8Array): void {
  const expected = template.defaultWitnessCommitment;
  if (expected === undefined) return;
  // The daemon's own reserved value is zeros; ours is another, so that only this one can be compared.
  const script = witnessCommitmentScript(witnessCommitment(root, ZERO_HASH));
  // On signet a solution follows in the same script.
  if (equalBytes(expected.subarray(0, script.length), script)) return;
  const reason = "is not the commitment to the transactions as they were given";
  throw new TemplateError(reason, "TEMPLATE_COMMITMENT", "default_witness_commitment");
}

/** The transaction that stands for the extension block is the last one, and only there if that block is (spec/07 §6.2). */
function checkMweb({ transactions, mweb }: Template): void {
  const at = transactions.findIndex(({ data }) => hasMweb(data));
  const expected = mweb === null ? -1 : transactions.length - 1;
  if (at === expected && (mweb === null || at >= 0)) return;
  const reason =
    mweb === null ? "has no extension block for its transaction" : "the last transaction does not stand for it";
  throw new TemplateError(reason, "TEMPLATE_MWEB", "mweb");
}
