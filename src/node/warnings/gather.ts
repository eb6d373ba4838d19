import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Template } from "../../bitcoin/template.js";
import { addressGroup, hostOfEndpoint } from "../../peers/address.js";
import type { Timer } from "../../platform/clock.js";
import { type MachineState, measureMachine } from "../../platform/machine.js";
import type { PoolNode } from "../pool-node.js";
import type { DaemonFacts, MachineFacts, MiningFacts, PeerFacts, WarningFacts } from "./facts.js";
import { ForkWatch } from "./fork-watch.js";

const MEASURE_MS = 30_000;
/** A pause is told of for this long. */
const PAUSE_REMEMBERED_MS = 600_000;
const RECENT_BANS_MS = 600_000;
const DAY = 86_400;
/** Bytes of a block that are no transactions: header, and the count of them. */
const BLOCK_OVERHEAD = 80 + 5;
/** Workers looked at. */
const MAX_WORKERS = 10_000;

/**
 * Gathers what warnings are made from. What cannot be asked for at once is measured now and then.
 *
 * Life: `start` before the first `facts`; after `stop` no timer is left.
 */
export class FactSource {
  private readonly node: PoolNode;
  private readonly forks: ForkWatch;
  private readonly loopDelay: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });
  private longest: { readonly seconds: number; readonly atMs: number } = { seconds: 0, atMs: 0 };
  private machine: MachineState = { freeDiskBytes: null, descriptors: null, memory: { usedBytes: 0, limitBytes: 1 } };
  private lastIncomingAt: number | null = null;
  private p2pDownSince: number | null = null;
  private contact: { readonly at: number | null; readonly sinceMs: number } | null = null;
  private weighed: { readonly template: Template; readonly left: number } | null = null;
  private timer: Timer | null = null;

  constructor(node: PoolNode) {
    this.node = node;
    const { chain, work, options } = node;
    this.forks = new ForkWatch({
      tracker: chain.tracker,
      clock: options.clock,
      best: () => chain.best,
      peers: () => node.peering?.peers ?? [],
      isOwn: (id) => work.isLateOwnShare(id) !== null,
    });
  }

  start(): void {
    this.loopDelay.enable();
    this.forks.start();
    const measure = async (): Promise<void> => {
      this.machine = await measureMachine(this.node.options.dataDirectory ?? null);
    };
    void measure();
    this.timer ??= this.node.options.clock.every(MEASURE_MS, () => void measure());
  }

  stop(): void {
    this.loopDelay.disable();
    this.forks.stop();
    this.timer?.cancel();
    this.timer = null;
  }

  facts(): WarningFacts {
    const { node } = this;
    const { options, statistics, clockCheck, sync } = node;
    const isSyncing = sync.status() !== null;
    return {
      now: options.clock.now(),
      startedAt: node.startedAt,
      network: options.network,
      daemon: this.daemon(),
      clock: { difference: clockCheck.difference, isWrong: clockCheck.isWrong },
      chain: {
        figures: statistics.figures,
        ...this.forks.look(isSyncing),
      },
      peers: this.peers(),
      mining: this.mining(),
      machine: this.machineFacts(),
    };
  }

  private daemon(): DaemonFacts {
    const { daemonInfo, options, templates, isCoinP2pUp } = this.node;
    const { clock, network } = options;
    const info = daemonInfo.current;
    const rule = network.coin.daemon.versionWarning;
    const isOld = rule !== null && info?.versionNumber != null && info.versionNumber < rule.below;
    this.p2pDownSince = isCoinP2pUp === false ? (this.p2pDownSince ?? clock.now()) : null;
    return {
      warnings: info?.warnings ?? [],
      upgradeTo: isOld ? rule.upgradeTo : null,
      secondsWithoutTemplate: this.secondsWithout(templates.lastContact),
      p2pDownSince: this.p2pDownSince,
      weightLeft: this.weightLeft(),
    };
  }

  /** The wall clock may step: what counts is when the last contact was seen to be another one. */
  private secondsWithout(lastContact: number | null): number {
    const nowMs = this.node.options.clock.monotonicMs();
    if (this.contact === null || this.contact.at !== lastContact) this.contact = { at: lastContact, sinceMs: nowMs };
    return (nowMs - this.contact.sinceMs) / 1000;
  }

  /** Summed once a template. */
  private weightLeft(): number | null {
    const template = this.node.work.currentTemplate;
    if (template === null) return null;
    if (this.weighed?.template !== template) {
      const used = template.transactions.reduce((sum, { weight }) => sum + weight, 4 * BLOCK_OVERHEAD);
      this.weighed = { template, left: this.node.options.network.blockMaxWeight - used };
    }
    return this.weighed.left;
  }

  private peers(): PeerFacts | null {
    const { peering, options, chain } = this.node;
    if (peering === null) return null;
    const { peers, network } = peering;
    const { clock } = options;
    if (peers.some(({ direction }) => direction === "incoming")) this.lastIncomingAt = clock.now();
    const { minimumProtocolVersion: lowest, rules } = chain.tracker;
    return {
      count: peers.length,
      groups: new Set(peers.map(({ address }) => addressGroup(hostOfEndpoint(address)))).size,
      lastIncomingAt: this.lastIncomingAt,
      isAdvertised: options.peering?.advertise === true,
      boundPort: peering.boundPort,
      ...this.forks.sources(),
      unknownShares: peering.unknownShares,
      recentBans: network.standing.bansWithin(RECENT_BANS_MS),
      raisedProtocol: lowest > rules.network.minimumProtocolVersion ? lowest : null,
    };
  }

  private mining(): MiningFacts {
    const { chain, work, stratum, statistics, options } = this.node;
    const size = chain.best?.item.gentxSize ?? null;
    const connected = stratum.stats({ workers: MAX_WORKERS }).workers.filter(({ connections }) => connections > 0);
    const tooLong = new Map<string, { device: string; bytes: number; workers: number }>();
    for (const { coinbase } of connected) {
      if (coinbase === null) continue;
      const { device, bytes } = coinbase;
      tooLong.set(device, { device, bytes, workers: (tooLong.get(device)?.workers ?? 0) + 1 });
    }
    const { total, dead, orphaned } = work.ownShareCounts;
    const since = options.clock.now() - DAY;
    const rejected = statistics.blocks.list.find(
      ({ mine, status, foundAt }) => mine && status === "rejected" && foundAt > since,
    );
    return {
      gentxBytes: size?.stripped ?? null,
      gentxWeight: size?.weight ?? null,
      tooLong: [...tooLong.values()],
      workers: connected.length,
      own: { total, stale: dead + orphaned },
      luck: statistics.luck.list(),
      rejectedBlock: rejected === undefined ? null : { hash: rejected.hash, reason: null },
    };
  }

  private machineFacts(): MachineFacts {
    const nowMs = this.node.options.clock.monotonicMs();
    const seconds = this.loopDelay.max / 1e9;
    this.loopDelay.reset();
    const isForgotten = nowMs - this.longest.atMs > PAUSE_REMEMBERED_MS;
    if (seconds >= this.longest.seconds || isForgotten) this.longest = { seconds, atMs: nowMs };
    return {
      ...this.machine,
      storeFailure: this.node.options.store?.failure?.message ?? null,
      slowWriteSeconds: this.node.options.store?.slowSeconds ?? 0,
      longestPause: this.longest.seconds,
    };
  }
}
