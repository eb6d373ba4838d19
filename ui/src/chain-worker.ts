import { networkByName } from "../../src/networks/registry.js";
import { ShareRules } from "../../src/sharechain/rules.js";
import { splitShareChain } from "../../src/sharechain/serve.js";
import { loadShare, type Share } from "../../src/sharechain/share.js";
import { Tracker } from "../../src/sharechain/tracker.js";
import type { DaemonView } from "../../src/sharechain/verify.js";
import type { ChainMessage, VerifyChain } from "./chain-messages.js";

// Verifies the whole chain in a thread of its own, with the code that the node verifies by.

declare const self: {
  onmessage: ((event: MessageEvent<VerifyChain>) => void) | null;
  postMessage(message: ChainMessage): void;
};

const PER_REQUEST = 500;
const PROGRESS_EVERY = 100;
const MOST_REFUSED = 20;

/** A page has no coin daemon: what only that could tell is left out, as on a node that is not connected to one. */
const NO_DAEMON: DaemonView = {
  blockHeight: () => 0,
  relativeHeight: () => 0,
  fee: () => undefined,
  transactionSize: () => undefined,
};

self.onmessage = ({ data }) => {
  verify(data).catch((error: unknown) => {
    self.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  });
};

async function verify({ api, network, tip, height, now }: VerifyChain): Promise<void> {
  const started = performance.now();
  const rules = new ShareRules(networkByName(network));
  const shares = await fetchShares(api, tip, height, rules);
  const tracker = new Tracker(rules);
  const refused: { id: string; reason: string }[] = [];
  const isFromStart = shares.at(-1)?.parentId === null;
  // Below this, the window of a share is not known, and whether it is right cannot be told.
  const deep = isFromStart ? 0 : rules.network.chainLength + 1;
  for (let i = shares.length - 1; i >= 0; i--) {
    const node = tracker.add(shares[i]!, 0)!;
    if (node.height >= deep && refused.length < MOST_REFUSED) {
      const verdict = tracker.verify(node, now, NO_DAEMON);
      if (!verdict.ok) refused.push({ id: node.id, reason: verdict.reason });
    }
    const done = shares.length - i;
    if (done % PROGRESS_EVERY === 0)
      self.postMessage({ kind: "progress", what: "verifying", done, total: shares.length });
  }
  const seconds = (performance.now() - started) / 1000;
  self.postMessage({ kind: "done", shares: shares.length, verified: tracker.verified.size, refused, seconds });
}

async function fetchShares(api: string, tip: string, height: number, rules: ShareRules): Promise<Share[]> {
  const shares: Share[] = [];
  let next: string | null = tip;
  while (next !== null) {
    const response = await fetch(`${api}/shares/${next}/chain?count=${PER_REQUEST}`);
    if (response.status === 404 && shares.length > 0) break;
    if (!response.ok) throw new Error(`The node answered ${response.status}.`);
    const portion = splitShareChain(new Uint8Array(await response.arrayBuffer()));
    for (const raw of portion) {
      const share = loadShare(raw, rules);
      if (share.id !== next) throw new Error(`Share ${share.id} was given where ${next} was asked for.`);
      shares.push(share);
      next = share.parentId;
    }
    if (portion.length === 0) break;
    self.postMessage({
      kind: "progress",
      what: "fetching",
      done: shares.length,
      total: Math.max(height, shares.length),
    });
  }
  return shares;
}
