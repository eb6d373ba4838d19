import type { Check, Verdict } from "../../node/doctor/check.js";

const WORDS: Readonly<Record<Verdict, string>> = { ok: "ok", unknown: "?", warning: "WARNING", problem: "PROBLEM" };

/** One line a check, and one that sums up. */
export function describeChecks(checks: readonly Check[]): string[] {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, verdict, text }) => `${WORDS[verdict].padEnd(7)}  ${name.padEnd(width)}  ${text}`);
  const count = (verdict: Verdict): number => checks.filter((check) => check.verdict === verdict).length;
  const parts = [
    `${counted(count("ok"), "check")} passed`,
    ...(count("unknown") > 0 ? [`${count("unknown")} could not be made`] : []),
    ...(count("warning") > 0 ? [counted(count("warning"), "warning")] : []),
    ...(count("problem") > 0 ? [counted(count("problem"), "problem")] : []),
  ];
  return [...lines, parts.join(", ")];
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
