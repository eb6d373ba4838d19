import { z } from "zod";

/**
 * What the API gives (spec/12 D.1). Units are in names: `At` seconds since 1970, `Seconds` a duration, `Sat` satoshi as
 * decimal text, `Fraction` 0 to 1, `rate` hashes per second, `Difficulty` un-multiplied. Null is unknown, never 0.
 */
const text = z.string();
const number = z.number();
const count = z.int().nonnegative();
const at = number.describe("seconds since 1970");
const seconds = number.describe("seconds");
const fraction = number.describe("0 to 1");
const rate = number.describe("hashes per second");
const difficulty = number.describe("un-multiplied");
const sat = z.string().regex(/^\d+$/).describe("satoshi");
export const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe("64 hex digits, display order");
const hex = z.string().regex(/^([0-9a-f]{2})*$/);
const integerText = z.string().regex(/^\d+$/).describe("an integer that may be past 2^53");

export const errorReply = z.object({ error: z.object({ code: text, message: text }) });

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    count: count.describe("over all pages"),
    nextCursor: text.nullable(),
  });
}

export const info = z.object({
  name: text,
  version: text,
  network: text,
  symbol: text,
  shareVersion: count.describe("highest that this node mints"),
  protocolVersion: count,
  sharePeriodSeconds: seconds,
  blockPeriodSeconds: seconds,
  chainLength: count,
  payoutWindowLength: count,
  stratumDifficultyFactor: number.describe("what miners see is this times the difficulty"),
  pow: text,
  feeFraction: fraction,
  donationFraction: fraction,
  donationAddress: text,
  ports: z.object({
    web: count.nullable(),
    stratum: count.nullable(),
    stratumTls: count.nullable(),
    p2p: count.nullable(),
  }),
  startedAt: at,
  explorer: z.object({ block: text, address: text, tx: text }).nullable(),
});

const bestDifficulty = z.object({
  session: difficulty.nullable(),
  round: difficulty.nullable(),
  allTime: difficulty.nullable(),
});

const nodeState = z.enum(["bad_rules", "no_daemon", "no_peers", "ready", "starting", "syncing"]);

const interval = z
  .object({ value: z.number(), low: z.number(), high: z.number() })
  .describe("with the bounds of its 95 % confidence interval");

export const status = z.object({
  state: nodeState,
  at,
  uptimeSeconds: seconds,
  chain: z.object({
    tip: hash.nullable(),
    height: count.nullable(),
    verifiedHeight: count.nullable(),
    shares: count,
    shareDifficulty: difficulty.nullable(),
    tipAt: at.nullable(),
  }),
  sync: z
    .object({
      shares: count,
      sharesNeeded: count,
      verified: count,
      verifiedNeeded: count,
      secondsLeft: seconds.nullable(),
    })
    .nullable()
    .describe("how far the first sync is; null once the chain is complete"),
  pool: z.object({
    rate: rate.nullable(),
    staleFraction: fraction.nullable(),
    effort: number.nullable(),
    expectedBlockSeconds: seconds.nullable(),
  }),
  local: z.object({
    rate: rate.nullable(),
    deadFraction: fraction.nullable(),
    windowSeconds: seconds,
    expectedShareSeconds: seconds.nullable(),
    expectedBlockSeconds: seconds.nullable().describe("if this node mined alone"),
    miners: count,
    workers: count,
    shares: z.object({ total: count, orphan: count, dead: count }),
    deadInterval: interval.nullable().describe("part of the pseudo-shares that came late"),
    staleInterval: interval.nullable().describe("part of the shares that were lost"),
    efficiencyInterval: interval.nullable(),
    efficiency: number.nullable(),
    efficiencyIfMinerPerfect: number.nullable(),
    payoutSat: sat.nullable(),
    addresses: z.array(text),
    bestDifficulty,
  }),
  daemon: z.object({
    height: count.nullable(),
    tipAt: at.nullable(),
    networkDifficulty: difficulty.nullable(),
    networkRate: rate.nullable(),
    blockValueSat: sat.nullable(),
    templateAgeSeconds: seconds.nullable(),
    latencySeconds: seconds.nullable(),
  }),
  peers: z.object({ incoming: count, outgoing: count }).nullable(),
  connections: count,
  warnings: z.array(text),
});

export const pool = z.object({
  rate: rate.nullable(),
  nonstaleRate: rate.nullable(),
  staleFraction: fraction.nullable(),
  orphanFraction: fraction.nullable(),
  deadFraction: fraction.nullable(),
  minShareDifficulty: difficulty.nullable(),
  expectedBlockSeconds: seconds.nullable(),
  round: z.object({ startedAt: at.nullable(), effort: number.nullable() }),
  averageLuck: number.nullable().describe("expected over actual work; 1 is average"),
  luckBlocks: count,
  window: z.object({ shares: count, work: integerText, spanSeconds: seconds }).nullable(),
  users: count,
  medianFraction: fraction.nullable(),
  largestFraction: fraction.nullable(),
});

export const poolUser = z.object({
  address: text,
  fraction,
  rate: rate.nullable(),
  shares: count,
  staleFraction: fraction.nullable(),
});

export const versions = z.object({
  current: count.nullable(),
  successor: count.nullable(),
  supported: z.array(count),
  votes: z.record(text, fraction),
  decisive: z
    .object({ votes: z.record(text, fraction), shares: count, accepts: fraction, switches: fraction })
    .nullable(),
});

export const payoutItem = z.object({ address: text, amountSat: sat, fraction, own: z.boolean() });
export const payouts = pageOf(payoutItem).extend({
  subsidySat: sat,
  totalSat: sat,
  outputs: count,
});

export const scaledPayouts = z.object({
  totalSat: sat,
  thresholdSat: sat,
  seed: count,
  items: z.array(z.object({ address: text, amountSat: sat })),
});

const ownShareState = z.enum(["dead", "good", "orphan", "pending"]);

export const shareItem = z.object({
  hash,
  parent: hash.nullable(),
  height: count.nullable(),
  createdAt: at,
  seenAt: at.nullable().describe("null for shares loaded from disk"),
  difficulty,
  address: text,
  stale: text.nullable(),
  version: count,
  desiredVersion: integerText,
  mine: z.boolean(),
  verified: z.boolean(),
  block: z.boolean(),
  state: ownShareState.describe("good: in the best chain; pending: not decided yet"),
});

const opReturn = z.object({
  wellFormed: z.boolean(),
  payload: hex,
  trailing: hex,
  text: text.nullable(),
  special: text.nullable(),
  protocol: z.object({ name: text, prefix: text, url: text, confidence: text }).nullable(),
});

export const gentx = z.object({
  raw: hex,
  size: count,
  height: count.nullable(),
  scriptHex: hex,
  pushes: z.array(z.object({ hex, text: text.nullable() })),
  restHex: hex,
  merged: z.object({ root: text, size: count, nonce: count }).nullable(),
  referenceRight: z.boolean(),
  outputs: z.array(
    z.object({
      valueSat: sat,
      scriptHex: hex,
      role: z.enum(["donation", "other", "payout", "reference", "witness_commitment"]),
      address: text.nullable(),
      finder: z.boolean(),
      fraction: fraction.nullable(),
      opReturn: opReturn.nullable(),
    }),
  ),
});

export const shareDetail = shareItem.extend({
  farParent: hash.nullable(),
  children: z.array(hash),
  next: hash.nullable().describe("the child in the best chain"),
  peer: text.nullable(),
  target: hash,
  maxTarget: hash,
  maxDifficulty: difficulty,
  work: integerText,
  donationFraction: fraction,
  nonce: count,
  absheight: count,
  abswork: integerText,
  subsidySat: sat,
  bytes: count,
  header: z.object({
    version: count,
    previousBlock: hash.nullable(),
    merkleRoot: hash,
    timestamp: at,
    bits: text,
    nonce: count,
  }),
  gentxHash: hash,
  powHash: hash,
  actualDifficulty: difficulty,
  wtxidMerkleRoot: hash.nullable(),
  gentx: gentx.nullable().describe("null where the chain below does not reach far enough, or too many are asked for"),
});

export const chainEnd = z.object({ hash, height: count, work: integerText, seenAt: at.nullable() });
const chainEnds = z.object({ items: z.array(chainEnd), count });
export const chain = z.object({
  heads: chainEnds,
  tails: chainEnds,
  verifiedHeads: chainEnds,
  verifiedTails: chainEnds,
});

const blockStatus = z.enum(["confirmed", "orphaned", "pending", "rejected"]);
export const block = z.object({
  hash,
  height: count.nullable(),
  foundAt: at,
  share: hash.nullable().describe("the same hash where its share is known here"),
  finder: text,
  mine: z.boolean(),
  valueSat: sat,
  networkDifficulty: difficulty,
  actualDifficulty: difficulty,
  poolRate: rate.nullable(),
  effort: number.nullable().describe("work done over work expected"),
  luck: number.nullable().describe("expected over actual; 1 is average"),
  status: blockStatus,
});

const spanRates = z.object({
  "1m": rate.nullable(),
  "10m": rate.nullable(),
  "1h": rate.nullable(),
  "24h": rate.nullable(),
});
const results = z.object({
  accepted: count,
  stale: count,
  duplicate: count,
  low: count,
  invalid: count,
});
export const worker = z.object({
  name: text.describe("empty for the address alone"),
  rate: spanRates,
  deadFraction: fraction.nullable(),
  difficulty: difficulty.nullable(),
  connections: count,
  userAgent: text.nullable(),
  coinbase: z
    .object({
      device: text,
      limitBytes: count,
      sizeBytes: count,
      jobs: count,
      lostSolutions: count,
      lostHashes: z.number(),
    })
    .nullable()
    .describe("jobs with a longer generation transaction than such a miner takes, and what it loses by them"),
  lastSubmitAt: at.nullable(),
  results,
});
export const minerItem = z.object({
  address: text,
  local: z.boolean(),
  rate: spanRates,
  deadFraction: fraction.nullable(),
  workerCount: count,
  lastSubmitAt: at.nullable(),
  shareDifficulty: difficulty.nullable(),
  expectedShareSeconds: seconds.nullable(),
  window: z.object({ shares: count, stale: count }),
  payout: z.object({ amountSat: sat, fraction }).nullable(),
  bestDifficulty,
  blocks: count,
});
export const miner = minerItem.extend({ workers: z.array(worker) });

export const stratum = z.object({
  connections: count,
  workers: count,
  addresses: count,
  results,
  userAgents: z.array(z.object({ name: text, workers: count })),
  difficulties: z.array(z.object({ difficulty, workers: count })),
});

export const connection = z.object({
  id: text.describe("its extranonce1; no two connections have the same at a time"),
  process: count.describe("0 for the node's own, otherwise the worker process that serves it"),
  remoteAddress: text,
  userAgent: text.nullable(),
  address: text.nullable().describe("payout address of its user name; null before it has logged in"),
  worker: text.nullable().describe("empty for the address alone"),
  difficulty: difficulty.nullable(),
  versionMask: text.describe("version bits that it may roll, hexadecimal"),
  results,
  rate: rate.nullable().describe("mean since it connected; null without valid work"),
  connectedAt: at,
  lastSubmitAt: at.nullable(),
  bytesIn: count,
  bytesOut: count,
  unsentBytes: count,
});

export const peer = z.object({
  address: text.nullable().describe("null where addresses are hidden"),
  direction: z.enum(["incoming", "outgoing"]),
  version: text,
  protocolVersion: count,
  connectedAt: at,
  bytesIn: count,
  bytesOut: count,
  bestShare: hash.nullable(),
  bestShareHeight: count.nullable(),
  pingSeconds: seconds.nullable(),
  points: number.nullable().describe("operators only"),
  bufferedBytes: count.nullable().describe("operators only"),
});

export const daemon = z.object({
  version: text.nullable(),
  connections: count.nullable(),
  warnings: z.array(text),
  latencySeconds: seconds.nullable(),
  template: z.object({ height: count, transactions: count, ageSeconds: seconds, valueSat: sat }).nullable(),
});

export const warning = z.object({
  id: text,
  severity: z.enum(["error", "info", "warning"]),
  text,
  sinceAt: at,
});

const paysWhom = z.enum(["miners", "operator"]).describe("every miner of the window, or whom the operator named");
const smallestUnits = z.string().regex(/^\d+$/).describe("in the chain's smallest unit");

export const mergedChain = z.object({
  chainId: count.nullable(),
  name: text.nullable(),
  pays: paysWhom.nullable(),
  height: count.nullable().describe("of the next block"),
  previousBlock: hash.nullable(),
  difficulty: difficulty.nullable().describe("null where it is the share difficulty, or not known"),
  blockValueSat: smallestUnits.nullable(),
});

export const mergedBlock = z.object({
  hash,
  chainId: count,
  pays: paysWhom,
  height: count.nullable(),
  worker: text.nullable().describe("operators only"),
  foundAt: at,
  accepted: z.boolean().nullable().describe("null while its daemon has not judged it"),
  isLate: z.boolean().describe("its chain had gone on meanwhile"),
  reason: text.nullable().describe("operators only"),
});

export const seriesItem = z.object({
  name: text,
  unit: text,
  kind: z.enum(["counter", "gauge"]),
  multi: z.boolean(),
  views: z.array(text),
  about: text,
});

export const series = z.object({
  name: text,
  unit: text,
  kind: z.enum(["counter", "gauge"]),
  view: text,
  stepSeconds: seconds,
  openSeconds: seconds.describe("how much of the last bin has passed"),
  t: z.array(at).describe("start of each bin, oldest first"),
  values: z.record(text, z.array(number.nullable())),
});

export const validation = z.object({
  username: text,
  address: text.nullable(),
  worker: text.nullable(),
  canonical: text,
  shareDifficulty: difficulty.nullable(),
  pseudoshareDifficulty: difficulty.nullable(),
  network: text,
  payable: z.boolean(),
  reason: text.nullable(),
});

export const tree = z.object({ tip: hash.nullable(), items: z.array(shareItem) });
