import type { PayoutProof, ProofReport } from "../../../src/sharechain/payout-proof.js";
import { getBytes } from "../api.js";

/** Shares of one request. */
const PER_REQUEST = 500;

/** The code that checks is loaded when it is used: most visitors never do. */
export function loadChecks(): Promise<typeof import("../checks.js")> {
  return import("../checks.js");
}

/** Raw shares from the node, from one down: `count` of them, or as many as it has. */
export async function fetchChain(
  from: string,
  count: number,
  parentOf: (raw: Uint8Array) => string | null,
  split: (bytes: Uint8Array) => Uint8Array[],
  progress: (fetched: number) => void,
): Promise<Uint8Array[]> {
  const shares: Uint8Array[] = [];
  let next: string | null = from;
  while (next !== null && shares.length < count) {
    let bytes: Uint8Array;
    try {
      bytes = await getBytes(`/shares/${next}/chain?count=${Math.min(PER_REQUEST, count - shares.length)}`);
    } catch (error) {
      // The parent of the last share that the node has.
      if (shares.length > 0 && (error as { status?: number }).status === 404) break;
      throw error;
    }
    const portion = split(bytes);
    if (portion.length === 0) break;
    shares.push(...portion);
    next = parentOf(portion.at(-1)!);
    progress(shares.length);
  }
  return shares;
}

/** Runs checks piece by piece, so that the page stays alive. */
export async function runChecks(
  checks: Generator<{ readonly part: number }, ProofReport>,
  progress: (part: number) => void,
): Promise<ProofReport> {
  for (let since = performance.now(); ; ) {
    const step = checks.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < 30) continue;
    progress(step.value.part);
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
}

export function saveFile(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export type { PayoutProof, ProofReport };
