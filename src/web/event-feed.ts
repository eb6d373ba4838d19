import { targetToDifficulty } from "../core/compact.js";
import { TokenBucket } from "../core/token-bucket.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { StreamName, ViewName } from "../stats/history/streams.js";
import { payeeOf } from "./api/describe-miners.js";
import { shareItem } from "./api/describe-share.js";
import type { EventData } from "./api/event-schemas.js";
import { blockItem } from "./api/lists.js";
import { status } from "./api/overview.js";
import { describePeer } from "./api/peers.js";
import type { ApiContext } from "./api/resource.js";
import { readSeries } from "./api/series.js";
import type { EventHub } from "./events.js";
import type { ReplyCache } from "./replies.js";
import type { NodeView, PeerSummary, Warning } from "./view.js";

export interface EventFeedOptions {
  readonly hub: EventHub;
  /** Of somebody who is no operator. */
  readonly context: ApiContext;
  readonly cache: ReplyCache;
  readonly clock: Clock;
  /** Whether peers' addresses are shown to everybody. */
  readonly showPeers: boolean;
}

const STATUS_MS = 5_000;
const MINERS_MS = 10_000;
/** Miners told of, the fastest. */
const MOST_MINERS = 50;
/** Of one look at the workers: a farm that comes back at once is one piece of news, not thousands. */
const MOST_WORKER_EVENTS = 100;
/** Most shares of the former chain that are counted. */
const MOST_DEPTH = 1000;

/**
 * Turns what happens in the node into events. Cached replies that an event outdates are dropped before it is sent, so that
 * who hears of a change and asks gets it (spec/12 D.3).
 *
 * Life: `start` begins to look at what is only told when looked at; after `stop` no timer is left.
 */
export class EventFeed {
  private readonly options: EventFeedOptions;
  private readonly view: NodeView;
  private readonly limits: {
    readonly tip: TokenBucket;
    readonly share: TokenBucket;
    readonly pseudoshare: TokenBucket;
    readonly status: TokenBucket;
  };
  private timers: Timer[] = [];
  private peers = new Map<string, PeerSummary>();
  private warnings = new Map<string, Warning>();
  private minerTexts = new Map<string, string>();
  private workers = new Set<string>();
  private readonly bins = new Map<string, number>();

  constructor(options: EventFeedOptions) {
    this.options = options;
    this.view = options.context.view;
    const nowMs = options.clock.monotonicMs();
    const bucket = (perSecond: number): TokenBucket => new TokenBucket({ perSecond, burst: perSecond }, nowMs);
    this.limits = { tip: bucket(1), share: bucket(20), pseudoshare: bucket(10), status: bucket(1) };
  }

  start(): void {
    const { clock } = this.options;
    this.peers = this.peersNow();
    this.timers = [
      clock.every(STATUS_MS, () => this.look()),
      clock.every(MINERS_MS, () => {
        this.tellMiners();
        this.tellPoints();
      }),
    ];
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
  }

  tip(best: ShareNode | null, before: ShareNode | null): void {
    this.options.cache.clear();
    const { hub } = this.options;
    if (best === null) return;
    const isSyncing = this.view.state() !== "ready";
    if (!isSyncing || this.may("tip")) {
      const { share } = best.item;
      hub.publish("tip", {
        hash: share.id,
        height: best.height,
        difficulty: targetToDifficulty(share.target),
        address: share.address,
        depth: depthOf(best, before),
      });
    }
    this.statusChanged();
  }

  /** A share was verified, or one of ours was made or changed its state. */
  share(node: ShareNode): void {
    const { hub, context } = this.options;
    const isOwn = this.view.ownShares.isLate(node.id) !== null;
    if (!isOwn && (this.view.state() === "syncing" || !this.may("share"))) return;
    this.options.cache.clear();
    hub.publish("share", shareItem(this.view, node, context.now()));
  }

  block(hash: string): void {
    this.options.cache.clear();
    const block = this.view.blocks.get(hash);
    if (block !== null) this.options.hub.publish("block", blockItem(this.view, block));
  }

  job(reason: "block" | "refresh" | "tip"): void {
    this.options.cache.clear();
    const template = this.view.template();
    if (template === null) return;
    const parent = this.view.figures.best?.id ?? null;
    this.options.hub.publish("job", { reason, parent, valueSat: String(template.subsidy) });
    if (reason === "block") this.statusChanged();
  }

  pseudoshare(data: EventData<"pseudoshare">): void {
    if (this.options.hub.wants("pseudoshare") && this.may("pseudoshare")) this.options.hub.publish("pseudoshare", data);
  }

  private statusChanged(): void {
    const { hub, context } = this.options;
    if (hub.wants("status") && this.may("status")) hub.publish("status", status(context));
  }

  private may(kind: keyof EventFeed["limits"]): boolean {
    return this.limits[kind].take(this.options.clock.monotonicMs());
  }

  private look(): void {
    const { hub, context } = this.options;
    if (hub.wants("status")) hub.publish("status", status(context));
    this.tellPeers();
    this.tellWarnings();
    this.tellWorkers();
  }

  /** Workers that came or went since the last look, some at most. */
  private tellWorkers(): void {
    const { hub } = this.options;
    const now = new Set(
      this.view.stratum().workers.flatMap(({ name, connections }) => (connections > 0 ? [name] : [])),
    );
    let left = MOST_WORKER_EVENTS;
    const tell = (name: string, change: "connected" | "disconnected"): void => {
      if (left-- <= 0) return;
      const address = payeeOf(name);
      const worker = name.length > address.length ? name.slice(address.length + 1) : null;
      hub.publish("miner", { address, worker, change });
    };
    for (const name of this.workers) if (!now.has(name)) tell(name, "disconnected");
    for (const name of now) if (!this.workers.has(name)) tell(name, "connected");
    this.workers = now;
  }

  private peersNow(): Map<string, PeerSummary> {
    return new Map((this.view.peers() ?? []).map((peer) => [`${peer.address} ${peer.connectedAt}`, peer]));
  }

  private tellPeers(): void {
    const now = this.peersNow();
    const tell = (peer: PeerSummary, change: "connected" | "disconnected"): void => {
      const { showPeers, hub } = this.options;
      hub.publish("peer", { ...describePeer(this.view, peer, { isOperator: false, showPeers }), change });
    };
    for (const [key, peer] of this.peers) if (!now.has(key)) tell(peer, "disconnected");
    for (const [key, peer] of now) if (!this.peers.has(key)) tell(peer, "connected");
    this.peers = now;
  }

  private tellWarnings(): void {
    const { hub } = this.options;
    const now = new Map(this.view.warnings().map((warning) => [warning.id, warning]));
    for (const [id, warning] of this.warnings) {
      if (!now.has(id)) hub.publish("warning", { ...warning, cleared: true });
    }
    for (const [id, warning] of now) {
      if (!this.warnings.has(id)) hub.publish("warning", { ...warning, cleared: false });
    }
    this.warnings = now;
  }

  private tellMiners(): void {
    const { hub, context } = this.options;
    if (!hub.wants("miners")) return;
    const table = context.miners.current;
    const miners = table
      .addresses()
      .slice(0, MOST_MINERS)
      .flatMap((address) => table.item(address) ?? []);
    const texts = new Map(miners.map((miner) => [miner.address, JSON.stringify(miner)]));
    const items = miners.filter(({ address }) => this.minerTexts.get(address) !== texts.get(address));
    const gone = [...this.minerTexts.keys()].filter((address) => !texts.has(address));
    this.minerTexts = texts;
    hub.publish("miners", { items, gone });
  }

  /** The open bin of every wanted series, and the one before when it was closed since the last time. */
  private tellPoints(): void {
    const { hub } = this.options;
    for (const key of hub.wantedSeries()) {
      const [name, viewName] = key.split(":") as [StreamName, ViewName];
      const { t, values, openSeconds } = readSeries(this.view, name, viewName, { keys: null, prefix: null });
      const last = t.length - 1;
      const tell = (i: number, open: number | null): void => {
        const at = Object.fromEntries(Object.entries(values).map(([value, column]) => [value, column[i] ?? null]));
        hub.publishPoint({ name, view: viewName, t: t[i]!, openSeconds: open, values: at });
      };
      const before = this.bins.get(key);
      if (before !== undefined && before !== t[last] && last > 0) tell(last - 1, null);
      tell(last, openSeconds);
      this.bins.set(key, t[last]!);
    }
    if (this.bins.size > MOST_SERIES) this.bins.clear();
  }
}

const MOST_SERIES = 500;

/** Shares of the former best chain that are not in the present one. */
function depthOf(best: ShareNode, before: ShareNode | null): number {
  let depth = 0;
  for (let node = before; node !== null && depth < MOST_DEPTH && !best.isChildOf(node); node = node.parent) depth++;
  return depth;
}
