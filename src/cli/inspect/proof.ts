import type { PoolNetwork } from "../../networks/index.js";
import type { ProofReport } from "../../sharechain/index.js";
import { formatAmount } from "../demo/report.js";

/** Runs checks to their end, telling now and then how far they are, 0 to 1. */
export function runChecks(
  checks: Generator<{ readonly part: number }, ProofReport>,
  progress: (part: number) => void,
): ProofReport {
  for (;;) {
    const step = checks.next();
    if (step.done === true) return step.value;
    progress(step.value.part);
  }
}

/** The report for people: what was checked, and the verdict. */
export function proofText(report: ProofReport, network: PoolNetwork): string {
  const { share, amount } = report;
  return [
    `payout proof of network ${network.name}`,
    ...(share === null ? [] : [`  block ${share.id}, made ${new Date(share.info.timestamp * 1000).toISOString()}`]),
    ...report.steps.map(({ ok, name, text }) => `  ${ok ? "ok  " : "FAIL"}  ${name}: ${text}`),
    report.ok && amount !== null
      ? `PROVEN: these shares earned ${formatAmount(amount)} ${network.coin.symbol} of that block`
      : "NOT PROVEN",
  ].join("\n");
}
