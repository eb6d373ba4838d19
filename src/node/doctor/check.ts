/** `unknown`: it could not be found out, which is no fault. */
export type Verdict = "ok" | "problem" | "unknown" | "warning";

/** What one look has shown. */
export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  readonly text: string;
}

export function ok(name: string, text: string): Check {
  return { name, verdict: "ok", text };
}

export function warning(name: string, text: string): Check {
  return { name, verdict: "warning", text };
}

export function problem(name: string, text: string): Check {
  return { name, verdict: "problem", text };
}

export function unknown(name: string, text: string): Check {
  return { name, verdict: "unknown", text };
}
