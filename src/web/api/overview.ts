import { z } from "zod";
import { bitsToTarget, targetToDifficulty } from "../../core/compact.js";
import { SHARE_FORMATS } from "../../sharechain/formats/index.js";
import type { Votes } from "../../sharechain/vote-window.js";
import { efficiency, proportion } from "../../stats/confidence.js";
import { blockAttempts, efficiencies, payoutsNow, peerCounts } from "../classic/figures.js";
import type { NodeView } from "../view.js";
import { type ApiContext, ApiError, type Resource, resource } from "./resource.js";
import * as schemas from "./schemas.js";

export const NOTHING = z.strictObject({});

/** Blocks that the average luck is taken over. */
const LUCK_BLOCKS = 20;

export const overviewResources: readonly Resource[] = [
  resource({
    path: "/info",
    summary: "What stays the same until the node is restarted",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.info,
    get: ({ view }) => info(view),
  }),
  resource({
    path: "/status",
    summary: "The figures of the overview; answered in every state",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.status,
    get: (context) => status(context),
  }),
  resource({
    path: "/pool",
    summary: "The pool as its share chain tells",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.pool,
    get: (context) => pool(context),
  }),
  resource({
    path: "/pool/versions",
    summary: "Votes for share versions",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.versions,
    get: ({ view }) => versions(view),
  }),
  resource({
    path: "/warnings",
    summary: "What an operator should know",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.pageOf(schemas.warning),
    get: ({ view }) => {
      const items = view.warnings().map((warning) => ({ ...warning }));
      return { items, count: items.length, nextCursor: null };
    },
  }),
  resource({
    path: "/validate",
    summary: "What this node makes of a miner's user name",
    query: z.strictObject({ username: z.string().max(256) }),
    params: NOTHING,
    reply: schemas.validation,
    get: ({ view }, { username }) => {
      const { address, reason, worker, canonical, shareDifficulty, pseudoDifficulty } = view.checkUsername(username);
      return {
        username,
        address,
        worker,
        canonical,
        shareDifficulty,
        pseudoshareDifficulty: pseudoDifficulty,
        network: view.network.name,
        payable: address !== null,
        reason,
      };
    },
  }),
];

function info(view: NodeView): z.input<typeof schemas.info> {
  const { network, tracker } = view;
  const { coin } = network;
  return {
    name: "p2pool",
    version: view.version,
    network: network.name,
    symbol: coin.symbol,
    shareVersion: network.newestShareVersion,
    protocolVersion: view.protocolVersion,
    sharePeriodSeconds: network.sharePeriod,
    blockPeriodSeconds: coin.blockPeriod,
    chainLength: network.chainLength,
    payoutWindowLength: network.realChainLength,
    stratumDifficultyFactor: coin.dumbScryptDifficulty,
    pow: coin.pow,
    feeFraction: view.feePercent / 100,
    donationFraction: view.donationPercent / 100,
    donationAddress: tracker.rules.donationAddress,
    ports: { ...view.ports(), stratumTls: null },
    startedAt: view.startedAt,
    explorer:
      coin.explorer === null
        ? null
        : { block: coin.explorer.block, address: coin.explorer.address, tx: coin.explorer.transaction },
  };
}

/** Also sent as an event; a few lookups. */
export function status(context: ApiContext): z.input<typeof schemas.status> {
  const { view } = context;
  const now = context.now();
  const { best } = view.figures;
  return {
    state: view.state(),
    at: now,
    uptimeSeconds: now - view.startedAt,
    chain: {
      tip: best?.id ?? null,
      height: best?.height ?? null,
      verifiedHeight: best === null ? null : view.tracker.verified.height(best.id),
      shares: view.tracker.main.size,
      shareDifficulty: view.figures.shareDifficulty,
      tipAt: best?.item.share.info.timestamp ?? null,
    },
    sync: view.sync(),
    pool: poolStatus(view),
    local: localStatus(context, now),
    daemon: daemonStatus(view, now),
    peers: view.peers() === null ? null : peerCounts(view),
    connections: view.stratum().connections,
    warnings: view.warnings().map(({ id }) => id),
  };
}

function poolStatus(view: NodeView): z.input<typeof schemas.status>["pool"] {
  const { figures } = view;
  const attempts = blockAttempts(view);
  const { best, poolRate } = figures;
  return {
    rate: poolRate,
    staleFraction: figures.hour?.staleFraction ?? null,
    effort: best === null || attempts === null ? null : (view.blocks.round(best, attempts)?.effort ?? null),
    expectedBlockSeconds: blockSeconds(view, poolRate),
  };
}

function blockSeconds(view: NodeView, rate: number | null): number | null {
  const attempts = blockAttempts(view);
  return attempts === null || rate === null || rate <= 0 ? null : Number(attempts) / rate;
}

function localStatus({ view }: ApiContext, now: number): z.input<typeof schemas.status>["local"] {
  const rates = view.localWork.rates(now);
  const rate = rates.reduce((sum, user) => sum + user.rate, 0);
  const dead = rates.reduce((sum, user) => sum + user.deadRate, 0);
  const isKnown = rates.length > 0;
  const { actual, ifPerfect } = efficiencies(view);
  const { total, dead: deadShares, orphaned } = view.ownShares.counts();
  const { pseudoShares, deadPseudoShares } = view.localWork.pseudoShares(now);
  const connected = view.stratum().workers.filter(({ connections }) => connections > 0);
  return {
    rate: isKnown ? rate : null,
    deadFraction: isKnown && rate > 0 ? dead / rate : null,
    windowSeconds: view.localWork.windowSeconds(now),
    expectedShareSeconds: view.localWork.secondsToShare(now),
    expectedBlockSeconds: isKnown ? blockSeconds(view, rate) : null,
    miners: new Set(connected.map(({ name }) => name.split(".")[0])).size,
    workers: connected.length,
    shares: { total, orphan: orphaned, dead: deadShares },
    deadInterval: proportion(deadPseudoShares, pseudoShares),
    staleInterval: proportion(orphaned + deadShares, total),
    efficiencyInterval:
      view.figures.hour === null ? null : efficiency(orphaned + deadShares, total, view.figures.hour.staleFraction),
    efficiency: actual,
    efficiencyIfMinerPerfect: ifPerfect,
    payoutSat: view.figures.best === null || view.template() === null ? null : ownPayout(view),
    addresses: [...view.addresses()],
    bestDifficulty: view.best.ofNode,
  };
}

function ownPayout(view: NodeView): string {
  return String(payoutsNow(view).get(view.address) ?? 0n);
}

function daemonStatus(view: NodeView, now: number): z.input<typeof schemas.status>["daemon"] {
  const template = view.template();
  const { latencySeconds, tipAt } = view.daemon();
  const difficulty = template === null ? null : targetToDifficulty(bitsToTarget(template.bits));
  return {
    height: template === null ? null : template.height - 1,
    tipAt,
    networkDifficulty: difficulty,
    networkRate: difficulty === null ? null : (difficulty * 2 ** 32) / view.network.coin.blockPeriod,
    blockValueSat: template === null ? null : String(template.subsidy),
    templateAgeSeconds: template === null ? null : Math.max(0, now - template.receivedAt),
    latencySeconds,
  };
}

function pool({ view }: ApiContext): z.input<typeof schemas.pool> {
  const { figures } = view;
  const { best, hour } = figures;
  if (best === null || hour === null) throw new ApiError("not_ready", "There is no share chain yet.");
  const attempts = blockAttempts(view);
  const lucky = view.blocks.list.filter(({ effort, status: s }) => effort !== null && s !== "rejected");
  const counted = lucky.slice(0, LUCK_BLOCKS);
  const efforts = counted.reduce((sum, { effort }) => sum + effort!, 0);
  const fractions = [...figures.users.values()];
  const round = attempts === null ? null : view.blocks.round(best, attempts);
  const kindFraction = (kind: string): number => {
    const good = Number(hour.staleWork.get("good") ?? 0n);
    return good === 0 ? 0 : Number(hour.staleWork.get(kind) ?? 0n) / good;
  };
  return {
    rate: figures.poolRate,
    nonstaleRate: hour.rate,
    staleFraction: hour.staleFraction,
    orphanFraction: kindFraction("orphan"),
    deadFraction: kindFraction("doa"),
    minShareDifficulty: figures.shareDifficulty,
    expectedBlockSeconds: blockSeconds(view, figures.poolRate),
    round: { startedAt: round?.startedAt ?? null, effort: round?.effort ?? null },
    averageLuck: efforts > 0 ? counted.length / efforts : null,
    luckBlocks: counted.length,
    window: windowOf(view),
    users: fractions.length,
    medianFraction: fractions.length === 0 ? null : fractions[Math.floor(fractions.length / 2)]!,
    largestFraction: fractions[0] ?? null,
  };
}

function windowOf({ figures, network }: NodeView): z.input<typeof schemas.pool>["window"] {
  const { best } = figures;
  if (best === null) return null;
  const shares = Math.min(best.height, network.realChainLength);
  const oldest = best.ancestor(shares - 1)!;
  const spanSeconds = best.item.share.info.timestamp - oldest.item.share.info.timestamp;
  return { shares, work: String(best.workSince(oldest) + oldest.item.work), spanSeconds };
}

function versions(view: NodeView): z.input<typeof schemas.versions> {
  const { best, votes } = view.figures;
  const { rules } = view.tracker;
  const decisive = view.figures.decisiveVotes;
  const successor = best?.item.share.format.successor ?? null;
  return {
    current: best?.item.share.version ?? null,
    successor: successor !== null && successor <= view.network.newestShareVersion ? successor : null,
    supported: SHARE_FORMATS.map(({ version }) => version).filter(
      (version) => version <= view.network.newestShareVersion,
    ),
    votes: votes === null ? {} : voteFractions(votes),
    decisive:
      decisive === null
        ? null
        : {
            votes: voteFractions(decisive),
            shares: Math.floor(rules.network.chainLength / 10),
            accepts: 0.6,
            switches: 0.95,
          },
  };
}

function voteFractions({ byVersion, total }: Votes): Record<string, number> {
  return Object.fromEntries([...byVersion].map(([version, work]) => [version, Number(work) / Number(total)]));
}
