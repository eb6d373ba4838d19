import type { Job, JobRequest, PayeeCheck, WorkRefusal, WorkSource } from "../../work/job.js";
import type { JudgedSolution } from "../../work/solution.js";

/** What worker processes need of the node's work, beside what everybody who serves miners does. */
export interface WorkHub extends WorkSource {
  /** Changes with the tip of the share chain and with the coin's block. */
  readonly currentTip: number;
  /** Whose fee the worker process draws. */
  jobWithoutFee(request: JobRequest): Job | WorkRefusal;
  /** Why there is no work now; null if there is. */
  refusal(): string | null;
  checkPayee(payee: string): PayeeCheck;
  /** Counts what was judged elsewhere. */
  account(judged: JudgedSolution): void;
}
