import { errorMessage } from "../core/errors.js";
import { decodeShare, ShareError, type ShareRules, splitShareChain } from "../sharechain/index.js";
import { RunError } from "./exit.js";
import { quote, UsageError } from "./options.js";

/** Shares of one request. */
const PER_REQUEST = 500;
const TIMEOUT_MS = 30_000;

/** Raw shares from a node's API, from one down: `count` of them, or as many as it has. @throws RunError, UsageError */
export async function fetchChain(
  base: string,
  from: string,
  count: number,
  rules: ShareRules,
): Promise<readonly Uint8Array[]> {
  const shares: Uint8Array[] = [];
  let next: string | null = from;
  while (next !== null && shares.length < count) {
    const wanted = Math.min(PER_REQUEST, count - shares.length);
    const bytes = await fetchBytes(base, `api/v1/shares/${next}/chain?count=${wanted}`);
    // The chain's own end may be a share that the node does not have.
    if (bytes === null) break;
    const portion = splitShareChain(bytes);
    if (portion.length === 0) break;
    shares.push(...portion);
    next = parentOf(portion.at(-1)!, rules);
  }
  if (shares.length === 0) throw new RunError(`the node at ${base} does not have share ${from}`);
  return shares;
}

function parentOf(raw: Uint8Array, rules: ShareRules): string | null {
  try {
    return decodeShare(raw, rules).parentId;
  } catch (error) {
    if (!(error instanceof ShareError)) throw error;
    throw new RunError(`the node gives shares of another network: ${error.message}`, { cause: error });
  }
}

/** Null where the node has no such thing. */
async function fetchBytes(base: string, path: string): Promise<Uint8Array | null> {
  let url: URL;
  try {
    url = new URL(path, base.endsWith("/") ? base : `${base}/`);
  } catch (error) {
    throw new UsageError(`--node: ${quote(base)} is no URL`, "node", { cause: error });
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new RunError(`no answer from the node at ${url.origin}: ${errorMessage(cause)}`, { cause: error });
  }
}
