import assert from "node:assert/strict";
import { summarizeTransaction } from "../../../src/bitcoin/transaction.js";
import { hexToBytes } from "../../../src/core/bytes.js";
import { bitsToTarget } from "../../../src/core/compact.js";
import { seededRandom } from "../../../src/core/random.js";
import { chooseBest, scoreHead } from "../../../src/sharechain/choose-best.js";
import { ShareError } from "../../../src/sharechain/errors.js";
import { PayoutWindow } from "../../../src/sharechain/payout-window.js";
import { expectedPayouts } from "../../../src/sharechain/payouts.js";
import { prune } from "../../../src/sharechain/prune.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { sharesToServe } from "../../../src/sharechain/serve.js";
import { loadShare, type Share } from "../../../src/sharechain/share.js";
import type { ShareNode } from "../../../src/sharechain/share-node.js";
import {
  averageStaleProportion,
  staleProportionByAddress,
  staleRates,
  staleWork,
} from "../../../src/sharechain/statistics.js";
import { poolRate, poolRateExact } from "../../../src/sharechain/targets.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import type { DaemonView, Verdict, VerifyErrorCode } from "../../../src/sharechain/verify.js";
import { countVotes } from "../../../src/sharechain/versions.js";
import { eachCase, type FileHandler, type JsonObject, type KeyHandler, type VectorCase } from "../runner.js";
import { vectorNetwork } from "./share-network.js";

// chain-*.json: whole share chains, the verdict on every share and what the reference answered about them (spec/04).

interface ChainShare {
  readonly i: number;
  readonly hash: string;
  readonly raw: string;
  readonly parent: string | null;
  readonly time_seen: number;
  readonly peer: string | null;
  readonly pow_hash: string;
  readonly height: string;
  readonly work: string;
  readonly min_work: string;
  readonly result: string | { readonly error_type: string; readonly error: string; readonly ban_peer: boolean };
}

/** The protocol version that the recorded runs began with; the network object shows what it rose to. */
const INITIAL_PROTOCOL_VERSION = 3301;

export interface Chain {
  readonly rules: ShareRules;
  readonly daemon: DaemonView;
  readonly clock: number;
  readonly rows: readonly ChainShare[];
  readonly shares: readonly Share[];
}

/** Reads a chain file. */
export function readChain(file: JsonObject): Chain {
  const newest = String(file.name).startsWith("v36") ? 36 : 35;
  const parsed = vectorNetwork(file.network as JsonObject, newest);
  const network = { ...parsed, minimumProtocolVersion: INITIAL_PROTOCOL_VERSION };
  const rules = new ShareRules(network);
  const heights = file.block_heights as Readonly<Record<string, string>>;
  // Left out where no share lists transactions.
  const fees = (file.feecache ?? {}) as Readonly<Record<string, string>>;
  const sizes = new Map(
    Object.entries((file.known_txs ?? {}) as Readonly<Record<string, string>>).map(([hash, raw]) => [
      hash,
      summarizeTransaction(hexToBytes(raw)).stripped,
    ]),
  );
  const height = (hash: string): number => Number(heights[hash] ?? 0);
  const rows = file.shares as readonly ChainShare[];
  return {
    rules,
    daemon: {
      blockHeight: height,
      relativeHeight: (hash) => height(hash) - Number(file.best_height),
      fee: (hash) => (fees[hash] === undefined ? undefined : BigInt(fees[hash])),
      transactionSize: (hash) => sizes.get(hash),
    },
    clock: file.clock as number,
    rows,
    shares: rows.map(({ raw }) => loadShare(hexToBytes(raw), rules)),
  };
}

/** A file is read once for all of its keys. */
const chains = new WeakMap<JsonObject, { chain: Chain; full: Tracker }>();

export function opened(file: JsonObject): { chain: Chain; full: Tracker } {
  let known = chains.get(file);
  if (known === undefined) {
    const chain = readChain(file);
    const full = new Tracker(chain.rules);
    chain.shares.forEach((share, i) => {
      full.add(share, chain.rows[i]!.time_seen, chain.rows[i]!.peer);
    });
    known = { chain, full };
    chains.set(file, known);
  }
  return known;
}

/** Queries on a tracker with all shares of the file. */
export function queries<Row>(check: (row: Row, tracker: Tracker, at: (id: string) => ShareNode) => void): KeyHandler {
  return (value, file) => {
    const { full } = opened(file);
    const at = (id: string): ShareNode => full.main.get(id)!;
    return eachCase(value as readonly Row[], (row) => check(row, full, at));
  };
}

/** Inputs of the others. */
const input: KeyHandler = () => [];

/** What each of our codes is in the reference's words. */
const REFERENCE_REASONS: Readonly<Partial<Record<VerifyErrorCode, RegExp>>> = {
  GENTX_MISMATCH: /^gentx doesn't match hash_link$/,
  INFO_MISMATCH: /^share_info invalid$/,
  MERKLE_BRANCH_MISMATCH: /^merkle_link and other_tx_hashes do not match$/,
  NOT_A_SUCCESSOR: /can't follow/,
  NOT_ENOUGH_HISTORY: /^switch without enough history$/,
  NOT_ENOUGH_VOTES: /^switch without enough hash power upgraded$/,
  // The reference's own message about the time has a fault, and that is what was recorded.
  TIMESTAMP_IN_FUTURE: /^unsupported operand type/,
  TRANSACTION_REFS_UNKNOWN: /^list index out of range$/,
};

/** The reference for version 36 has one text for everything that changes the generation transaction (spec/20 §14). */
const REFERENCE_REASONS_36: Readonly<Partial<Record<VerifyErrorCode, RegExp>>> = {
  ...REFERENCE_REASONS,
  CHILD_PROOF_INVALID: /^merged coinbase verification failed|^integer division or modulo by zero$/,
  INFO_MISMATCH: /^gentx doesn't match hash_link$/,
  MESSAGES_INVALID: /^gentx doesn't match hash_link$/,
};

export function checkVerdict(
  verdict: Verdict,
  recorded: ChainShare["result"],
  reasons: typeof REFERENCE_REASONS = REFERENCE_REASONS,
): void {
  if (typeof recorded === "string") {
    const text = verdict.ok && verdict.naughty > 0 ? `verified naughty=${verdict.naughty}` : "verified";
    assert.equal(verdict.ok ? text : verdict.reason, recorded);
    return;
  }
  assert.ok(!verdict.ok, `verified, but the reference said ${recorded.error}`);
  assert.match(recorded.error, reasons[verdict.code] ?? /^$/, `refused as ${verdict.code}`);
}

function* checkShares(_value: unknown, file: JsonObject): Iterable<VectorCase> {
  const { chain } = opened(file);
  const tracker = new Tracker(chain.rules);
  for (const [i, row] of chain.rows.entries()) {
    yield {
      name: `[${row.i}]`,
      run: () => {
        const share = chain.shares[i]!;
        const node = tracker.add(share, row.time_seen, row.peer)!;
        assert.equal(share.id, row.hash);
        assert.equal(share.parentId, row.parent);
        const reasons = share.format.carriesMessages ? REFERENCE_REASONS_36 : REFERENCE_REASONS;
        checkVerdict(tracker.verify(node, chain.clock, chain.daemon), row.result, reasons);
        assert.deepEqual([node.height, node.work, node.minWork].map(String), [row.height, row.work, row.min_work]);
      },
    };
  }
}

interface Think {
  readonly add: readonly number[];
  readonly add_is_range: boolean;
  readonly best: string | null;
  readonly desired: readonly (readonly [string, string])[];
  readonly heads: readonly (readonly [readonly [string, number, number], string])[];
  readonly bad_peers: readonly string[];
  readonly punish_aggressively: boolean | number;
  readonly verified_count: string;
  readonly items: string;
  readonly tracker_heads: readonly string[];
  readonly tracker_tails: readonly string[];
  readonly verified_heads: readonly string[];
  readonly verified_tails: readonly string[];
  readonly min_protocol_version: string;
  readonly scores: readonly (readonly [string, readonly [string, number | null]])[];
}

/** Evaluations one after another, each after more shares came in. */
function* checkThink(value: unknown, file: JsonObject): Iterable<VectorCase> {
  const { chain } = opened(file);
  const tracker = new Tracker(chain.rules);
  for (const [i, step] of (value as readonly Think[]).entries()) {
    yield { name: `[${i}]`, run: () => checkThinkStep(step, chain, tracker) };
  }
}

export function checkThinkStep(step: Think, chain: Chain, tracker: Tracker): void {
  const [first = 0, last = -1] = step.add;
  const indices = step.add_is_range ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : step.add;
  for (const i of indices) {
    const row = chain.rows[i]!;
    tracker.add(chain.shares[i]!, row.time_seen, row.peer);
  }
  const decision = chooseBest(tracker, chain.daemon, chain.clock, seededRandom(1));
  assert.equal(decision.outcome, "decided");
  if (decision.outcome !== "decided") return;
  const tails = (forest: Tracker["main"]): string[] => [...forest.tails().keys()].map((tail) => tail ?? "None").sort();
  const heads = (forest: Tracker["main"]): string[] => [...forest.heads()].map(({ id }) => id as string).sort();
  assert.deepEqual(
    {
      best: decision.best?.id ?? null,
      desired: decision.wanted.map(({ peer, id }) => [peer, id]).sort(),
      heads: decision.heads.map(({ node, work, punish }) => [
        [String(work), 0 - punish, 0 - node.item.seenAt],
        node.id,
      ]),
      bad_peers: [...decision.badPeers].sort(),
      punish_aggressively: decision.punishFlag,
      verified_count: String(tracker.verified.size),
      items: String(tracker.main.size),
      tracker_heads: heads(tracker.main),
      tracker_tails: tails(tracker.main),
      verified_heads: heads(tracker.verified),
      verified_tails: tails(tracker.verified),
      min_protocol_version: String(tracker.minimumProtocolVersion),
      scores: [...tracker.verified.heads()].map((head) => describeScore(head, tracker, chain)).sort(),
    },
    {
      best: step.best,
      desired: [...step.desired].sort(),
      heads: step.heads,
      bad_peers: [...step.bad_peers].sort(),
      punish_aggressively: Number(step.punish_aggressively),
      verified_count: step.verified_count,
      items: step.items,
      tracker_heads: [...step.tracker_heads].sort(),
      tracker_tails: [...step.tracker_tails].sort(),
      verified_heads: [...step.verified_heads].sort(),
      verified_tails: [...step.verified_tails].sort(),
      min_protocol_version: step.min_protocol_version,
      scores: [...step.scores].sort(),
    },
  );
}

function describeScore(head: ShareNode, tracker: Tracker, { rules, daemon }: Chain): unknown {
  const { height, rate } = scoreHead(head, tracker, daemon);
  const period = BigInt(rules.network.coin.blockPeriod);
  return [head.id, [String(height), rate === null ? null : Number(rate.work) / Number(rate.blockIntervals * period)]];
}

/**
 * The reference keeps the padding rule in one global flag, so here it refuses shares that its own recorded verdicts accept.
 * What binds is the verdict by the share's own version (spec/01 §8.5): whatever the order, nothing valid is refused.
 */
function* checkMixedVersions(value: unknown, file: JsonObject): Iterable<VectorCase> {
  const { chain } = opened(file);
  const tracker = new Tracker(chain.rules);
  for (const [i, { add }] of (value as readonly Think[]).entries()) {
    yield {
      name: `[${i}]`,
      run: () => {
        for (let n = add[0]!; n <= add[1]!; n++) {
          tracker.add(chain.shares[n]!, chain.rows[n]!.time_seen, chain.rows[n]!.peer);
        }
        const { refused } = chooseBest(tracker, chain.daemon, chain.clock, seededRandom(1));
        for (const { node } of refused) {
          assert.notEqual(typeof chain.rows.find(({ hash }) => hash === node.id)!.result, "string");
        }
        for (const { id } of tracker.verified.all()) {
          assert.match(String(chain.rows.find(({ hash }) => hash === id)!.result), /^verified/);
        }
      },
    };
  }
}

interface Prune {
  readonly add: readonly [number, number];
  readonly steps: readonly {
    readonly clock: number;
    readonly best: string | null;
    readonly height_of_best: string;
    readonly heads: readonly string[];
    readonly tails: readonly string[];
    readonly items: string;
    readonly verified: string;
    readonly verified_heads: readonly string[];
  }[];
}

/** Cleaning at some later times: an evaluation, the cut, and another evaluation. */
function* checkPrune(value: unknown, file: JsonObject): Iterable<VectorCase> {
  const { chain } = opened(file);
  for (const [p, { add, steps }] of (value as readonly Prune[]).entries()) {
    const tracker = new Tracker(chain.rules);
    for (let i = add[0]; i <= add[1]; i++) tracker.add(chain.shares[i]!, chain.rows[i]!.time_seen, chain.rows[i]!.peer);
    for (const [s, step] of steps.entries()) {
      yield {
        name: `[${p}] step ${s}`,
        run: () => {
          const evaluate = (): ReturnType<typeof chooseBest> =>
            chooseBest(tracker, chain.daemon, step.clock, seededRandom(1));
          prune(tracker, evaluate(), step.clock);
          const after = evaluate();
          const best = after.outcome === "decided" ? after.best : null;
          assert.deepEqual(
            {
              best: best?.id ?? null,
              height_of_best: String(best?.height ?? 0),
              heads: [...tracker.main.heads()].map(({ id }) => id).sort(),
              tails: [...tracker.main.tails().keys()].map((tail) => tail ?? "None").sort(),
              items: String(tracker.main.size),
              verified: String(tracker.verified.size),
              verified_heads: [...tracker.verified.heads()].map(({ id }) => id).sort(),
            },
            {
              best: step.best,
              height_of_best: step.height_of_best,
              heads: [...step.heads].sort(),
              tails: [...step.tails].sort(),
              items: step.items,
              verified: step.verified,
              verified_heads: [...step.verified_heads].sort(),
            },
          );
        },
      };
    }
  }
}

type ShareQuery = { readonly share: string };

export const chain: FileHandler = {
  name: input,
  clock: input,
  network: input,
  best_height: input,
  block_bits: input,
  block_heights: input,
  previous_block: input,
  feecache: input,
  known_txs: input,
  shares: checkShares,
  think: checkThink,
  think_partial: checkThink,
  think_mixed_quirk: checkMixedVersions,
  prune: checkPrune,
  cases: (value, file) =>
    eachCase(value as { i: number; hash: string }[], ({ i, hash }) =>
      assert.equal(opened(file).chain.rows[i]!.hash, hash),
    ),
  load_cases: (value, file) =>
    eachCase(value as { raw: string; ban_peer: boolean }[], ({ raw, ban_peer }) =>
      assert.throws(
        () => loadShare(hexToBytes(raw), opened(file).chain.rules),
        (error) => error instanceof ShareError && error.peer === (ban_peer ? "ban" : "disconnect"),
      ),
    ),
  attempts_per_second: queries<ShareQuery & { dist: string; min_work: boolean; value: number; integer_value: string }>(
    ({ share, dist, min_work, value, integer_value }, _tracker, at) => {
      const kind = min_work ? "minWork" : "work";
      assert.equal(poolRateExact(at(share), Number(dist), kind), value);
      assert.equal(String(poolRate(at(share), Number(dist), kind)), integer_value);
    },
  ),
  average_stale_prop: queries<ShareQuery & { lookbehind: string; value: number }>(
    ({ share, lookbehind, value }, _, at) => assert.equal(averageStaleProportion(at(share), Number(lookbehind)), value),
  ),
  stale_counts: queries<ShareQuery & { lookbehind: string; rates: boolean; value: Record<string, number | string> }>(
    ({ share, lookbehind, rates, value }, _, at) => {
      const count = Number(lookbehind);
      const answer = rates
        ? [...staleRates(at(share), count)]
        : [...staleWork(at(share), count)].map(([key, work]) => [key, String(work)]);
      assert.deepEqual(Object.fromEntries(answer), value);
    },
  ),
  user_stale_props: queries<ShareQuery & { lookbehind: string; value: Record<string, number> }>(
    ({ share, lookbehind, value }, _, at) =>
      assert.deepEqual(Object.fromEntries(staleProportionByAddress(at(share), Number(lookbehind))), value),
  ),
  cumulative_weights: queries<
    ShareQuery & {
      max_shares: string;
      desired_weight: string;
      weights: Record<string, string>;
      total_weight: string;
      donation_weight: string;
    }
  >((row, tracker, at) => {
    for (const window of [tracker.windows.flat, new PayoutWindow()]) {
      const answer = window.weights(at(row.share), Number(row.max_shares), BigInt(row.desired_weight));
      const weights = Object.fromEntries([...answer.byAddress].map(([address, weight]) => [address, String(weight)]));
      assert.deepEqual(weights, row.weights);
      assert.deepEqual([answer.total, answer.donation].map(String), [row.total_weight, row.donation_weight]);
    }
  }),
  expected_payouts: queries<{
    best_share: string;
    block_bits: string;
    subsidy: string;
    payouts: Record<string, string>;
  }>(({ best_share, block_bits, subsidy, payouts }, tracker, at) => {
    const target = bitsToTarget(Number.parseInt(block_bits, 16));
    const answer = expectedPayouts(at(best_share), target, BigInt(subsidy), tracker.rules, tracker.windows);
    assert.deepEqual(Object.fromEntries([...answer].map(([address, amount]) => [address, String(amount)])), payouts);
  }),
  desired_version_counts: queries<ShareQuery & { dist: string; value: Record<string, string> }>(
    ({ share, dist, value }, _, at) => {
      const { byVersion } = countVotes(at(share), Number(dist));
      assert.deepEqual(Object.fromEntries([...byVersion].map((entry) => entry.map(String))), value);
    },
  ),
  nth_parent: queries<ShareQuery & { n: string; value: string | null }>(({ share, n, value }, _, at) => {
    const ancestor = at(share).ancestor(Number(n));
    assert.equal(ancestor === null ? at(share).last : ancestor.id, value);
  }),
  deltas: queries<ShareQuery & { ancestor: string; height: string; work: string; min_work: string }>((row, _, at) => {
    const [node, ancestor] = [at(row.share), at(row.ancestor)];
    const answer = [node.height - ancestor.height, node.workSince(ancestor), node.minWorkSince(ancestor)];
    assert.deepEqual(answer.map(String), [row.height, row.work, row.min_work]);
  }),
  is_child_of: queries<{ item: string; possible_child: string; value: boolean | null }>((row, _, at) =>
    assert.equal(at(row.possible_child).isChildOf(at(row.item)), row.value === true),
  ),
  get_shares: queries<{ hashes: string[]; parents: string; stops: string[]; result: string[] }>(
    ({ hashes, parents, stops, result }, tracker) =>
      assert.deepEqual(
        sharesToServe(tracker, hashes, Number(parents), new Set(stops)).map(({ id }) => id),
        result,
      ),
  ),
};
