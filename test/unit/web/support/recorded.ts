import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hexToBytes } from "../../../../src/core/bytes.js";
import { networkByName } from "../../../../src/networks/index.js";
import { loadShare, ShareRules, Tracker } from "../../../../src/sharechain/index.js";
import type { NodeView } from "../../../../src/web/view.js";
import { viewOf } from "./view.js";

const DATA = new URL("../../../../../test/vectors/data/web/", import.meta.url);

export const RECORDED_NODES = ["btc1", "ltc1", "ltc2"] as const;
export type RecordedNode = (typeof RECORDED_NODES)[number];

/** One recorded answer of a node of the reference. */
export interface Recording {
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly time: number;
  readonly body?: unknown;
  readonly body_text?: string;
  readonly body_hex?: string;
}

interface Index {
  readonly best_share: string;
  readonly chain_order: readonly string[];
  readonly shares: Readonly<Record<string, string>>;
  readonly endpoints: readonly { readonly path: string; readonly status: number; readonly file: string }[];
}

/** Integers past 2^53 as text, so that they compare exactly. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text.replace(/([:[,]\s*)(\d{16,})(?=\s*[,\]}])/g, '$1"$2"'));
}

function read<T>(file: string): T {
  const text = readFileSync(fileURLToPath(new URL(file, DATA)), "utf8");
  // Line by line: some members hold JSON as a text.
  return JSON.parse(text.replace(/^(\s*"\w+": )(\d{16,})(,?)$/gm, '$1"$2"$3')) as T;
}

export function recordings(node: RecordedNode): readonly Recording[] {
  return read<Index>(`${node}-index.json`).endpoints.map(({ file }) => read<Recording>(file));
}

export function recording(node: RecordedNode, path: string): Recording {
  const found = recordings(node).find((one) => one.path === path);
  if (found === undefined) throw new Error(`${node} has no answer to ${path}`);
  return found;
}

/** The network of the recorded nodes; their explorer is a placeholder. */
function networkOf(node: RecordedNode) {
  const network = networkByName(node === "btc1" ? "bitcoin_regtest" : "litecoin_regtest");
  const prefix = "https://example.invalid/";
  const explorer = { block: `${prefix}block/`, address: `${prefix}address/`, transaction: `${prefix}tx/` };
  return { ...network, coin: { ...network.coin, explorer } };
}

interface LocalStats {
  readonly shares: { readonly total: number; readonly orphan: number; readonly dead: number };
  readonly block_value: number;
  readonly donation_proportion: number;
  readonly version: string;
}

/** A view of what the recorded node knew: its shares, all taken as verified, and its inputs that are no shares. */
export function recordedView(node: RecordedNode): NodeView {
  const index = read<Index>(`${node}-index.json`);
  const rules = new ShareRules(networkOf(node));
  const tracker = new Tracker(rules);
  const waiting = [...Object.values(index.shares)].map((hex) => loadShare(hexToBytes(hex), rules));
  for (const share of waiting.sort((a, b) => a.info.absheight - b.info.absheight)) {
    tracker.markVerified(tracker.add(share, 0)!);
  }
  const own = recording(node, "/web/my_share_hashes").body as string[];
  const stats = recording(node, "/local_stats").body as LocalStats;
  const { total, orphan, dead } = stats.shares;
  return viewOf(tracker, {
    best: index.best_share,
    template: { bits: 0x207fffff, subsidy: BigInt(Math.round(stats.block_value * 1e8)) },
    own: new Map(own.map((id) => [id, false])),
    ownCounts: { total, orphaned: orphan, dead },
    address: recording(node, "/payout_addr").body as string,
    feePercent: recording(node, "/fee").body as number,
    donationPercent: 100 * stats.donation_proportion,
    version: stats.version,
  });
}
