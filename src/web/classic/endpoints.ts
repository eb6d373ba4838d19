import { bip34Height } from "../../bitcoin/script.js";
import type { Random } from "../../core/random.js";
import type { ShareForest, ShareNode } from "../../sharechain/share-node.js";
import { STREAMS, type StreamName, VIEWS, type ViewName } from "../../stats/history/streams.js";
import type { GentxSource } from "../gentx-source.js";
import type { NodeView } from "../view.js";
import { coinMap, globalStats, localStats, payoutsNow, rate, recentBlocks, staleRates } from "./figures.js";
import { parseCoins, scalePayouts } from "./send-many.js";
import { sharePage } from "./share-page.js";

export interface ClassicContext {
  readonly view: NodeView;
  readonly gentxs: GentxSource;
  readonly random: Random;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** What a classic endpoint answers; JSON unless it says otherwise. */
export interface ClassicAnswer {
  readonly status?: 200 | 400 | 404;
  readonly body: unknown;
  readonly as?: "bytes" | "text";
}

export interface ClassicEndpoint {
  /** Without the leading slash. */
  readonly path: string;
  /** How many positional arguments may follow. */
  readonly arguments: readonly [least: number, most: number];
  /** Milliseconds that an answer may be old; 0 if each has to be new. */
  readonly cacheMs: number;
  readonly answer: (context: ClassicContext, ...args: string[]) => ClassicAnswer;
}

const SECOND = 1000;

function plain(path: string, get: (context: ClassicContext) => unknown, cacheMs = SECOND): ClassicEndpoint {
  return { path, arguments: [0, 0], cacheMs, answer: (context) => ({ body: get(context) }) };
}

/** An endpoint whose argument is a share's hash. */
function ofShare(
  path: string,
  get: (node: ShareNode | null, context: ClassicContext) => ClassicAnswer,
): ClassicEndpoint {
  return {
    path,
    arguments: [1, 1],
    cacheMs: SECOND,
    answer: (context, hash) => {
      if (!/^(0x)?[0-9a-f]{1,64}$/i.test(hash!)) return { status: 400, body: null };
      const id = hash!.replace(/^0x/i, "").toLowerCase().padStart(64, "0");
      return get(context.view.tracker.main.get(id) ?? null, context);
    },
  };
}

/** Own share hashes that the interface tells, the newest first. */
const MOST_OWN_SHARES = 100_000;

/** Every endpoint of the reference (spec/12 A.3, A.4). */
export const CLASSIC_ENDPOINTS: readonly ClassicEndpoint[] = [
  plain("rate", ({ view }) => rate(view)),
  plain("difficulty", ({ view }) => view.figures.shareDifficulty),
  plain("users", ({ view }) => view.figures.users),
  plain("user_stales", ({ view }) => view.figures.userStales),
  plain("fee", ({ view }) => view.feePercent),
  plain("current_payouts", ({ view }) => coinMap(payoutsNow(view))),
  { path: "patron_sendmany", arguments: [0, 2], cacheMs: 0, answer: patronSendMany },
  plain("global_stats", ({ view }) => globalStats(view)),
  plain("local_stats", ({ view, now }) => localStats(view, now())),
  plain("peer_addresses", ({ view }) => peerAddresses(view)),
  plain("peer_txpool_sizes", ({ view }) => byPeer(view, ({ txpoolBytes }) => txpoolBytes)),
  plain("pings", ({ view }) => byPeer(view, ({ pingSeconds }) => (pingSeconds === null ? null : pingSeconds * 1000))),
  plain("peer_versions", ({ view }) => byPeer(view, ({ version }) => version)),
  plain("payout_addr", ({ view }) => view.address),
  plain("payout_addrs", ({ view }) => view.addresses()),
  plain("recent_blocks", ({ view }) => recentBlocks(view, bip34Height)),
  plain("uptime", ({ view, now }) => now() - view.startedAt, 0),
  plain("stale_rates", ({ view }) => staleRates(view)),
  plain("web/log", ({ view }) => view.statLog.entries),
  ofShare("web/share", (node, { view, gentxs }) => ({ body: node === null ? null : sharePage(view, node, gentxs) })),
  ofShare("web/payout_address", (node) => ({ body: node === null ? null : node.item.share.address })),
  ofShare("web/share_data", (node) => ({ body: node === null ? new Uint8Array(0) : node.item.share.raw, as: "bytes" })),
  plain("web/heads", ({ view }) => heads(view.tracker.main)),
  plain("web/verified_heads", ({ view }) => heads(view.tracker.verified)),
  plain("web/tails", ({ view }) => tails(view.tracker.main)),
  plain("web/verified_tails", ({ view }) => tails(view.tracker.verified)),
  plain("web/best_share_hash", ({ view }) => view.figures.best?.id ?? null),
  plain("web/my_share_hashes", ({ view }) => view.ownShares.newest(MOST_OWN_SHARES)),
  plain("web/my_share_hashes50", ({ view }) => view.ownShares.newest(50)),
  plain("web/currency_info", ({ view }) => currencyInfo(view)),
  plain("web/version", ({ view }) => view.version),
  { path: "web/graph_data", arguments: [2, 2], cacheMs: 5 * SECOND, answer: graphData },
];

function patronSendMany({ view, random }: ClassicContext, totalText?: string, thresholdText = "0.01"): ClassicAnswer {
  if (totalText === undefined) {
    return { body: "need total argument. go to patron_sendmany/<TOTAL>", as: "text" };
  }
  const total = parseCoins(totalText);
  const threshold = parseCoins(thresholdText);
  if (total === null || threshold === null) return { status: 400, body: "{}", as: "text" };
  const amounts = scalePayouts(payoutsNow(view), total, threshold, random);
  const shown = [...amounts].map(([address, amount]) => `${JSON.stringify(address)}: ${decimalCoins(amount)}`);
  return { body: `{${shown.join(", ")}}`, as: "text" };
}

/** Exact: a wallet is to be given just this. */
function decimalCoins(satoshi: bigint): string {
  const digits = satoshi.toString().padStart(9, "0");
  const fraction = digits.slice(-8).replace(/0+$/, "");
  return `${digits.slice(0, -8)}.${fraction === "" ? "0" : fraction}`;
}

function peerAddresses(view: NodeView): string {
  const standard = `:${view.network.p2pPort}`;
  return (view.peers() ?? [])
    .map(({ address }) => (address.endsWith(standard) ? address.slice(0, -standard.length) : address))
    .join(" ");
}

type Peers = NonNullable<ReturnType<NodeView["peers"]>>;

function byPeer<T>(view: NodeView, get: (peer: Peers[number]) => T): Map<string, T> {
  return new Map((view.peers() ?? []).map((peer) => [peer.address, get(peer)]));
}

function heads(forest: ShareForest): string[] {
  return [...forest.heads()].map(({ id }) => id);
}

function tails(forest: ShareForest): string[] {
  return [...forest.tails().keys()].flatMap((tail) => forest.childrenOf(tail).map(({ id }) => id));
}

function currencyInfo({ network: { coin } }: NodeView): unknown {
  return {
    symbol: coin.symbol,
    block_explorer_url_prefix: coin.explorer?.block ?? "",
    address_explorer_url_prefix: coin.explorer?.address ?? "",
    tx_explorer_url_prefix: coin.explorer?.transaction ?? "",
  };
}

function graphData({ view }: ClassicContext, source?: string, name?: string): ClassicAnswer {
  if (!Object.hasOwn(STREAMS, source!) || !Object.hasOwn(VIEWS, name!)) return { status: 404, body: [] };
  return { body: view.history.read(source as StreamName, name as ViewName) };
}
