import { bitsToTarget } from "../../../../src/core/compact.js";
import { type Random, seededRandom } from "../../../../src/core/random.js";
import type { PoolNetwork } from "../../../../src/networks/index.js";
import { POOL_NETWORKS } from "../../../../src/networks/pools.js";
import type { PeerId } from "../../../../src/peers/peer-context.js";
import type { Plausibility, ShareSource } from "../../../../src/peers/share-source.js";
import type { Clock } from "../../../../src/platform/clock.js";
import {
  chooseBest,
  type DaemonView,
  draftShare,
  loadShare,
  type Share,
  ShareError,
  type ShareNode,
  ShareRules,
  segwitData,
  solveShare,
  Tracker,
  unsolvedShare,
  type VerifyErrorCode,
  type WantedShare,
} from "../../../../src/sharechain/index.js";

const IGNORANT: DaemonView = {
  blockHeight: () => 0,
  relativeHeight: () => 0,
  fee: () => undefined,
  transactionSize: () => undefined,
};

/** A network on which a share takes two hashes. */
export function easyNetwork(overrides: Partial<PoolNetwork> = {}): PoolNetwork {
  const base = POOL_NETWORKS.find(({ name }) => name === "bitcoin_regtest")!;
  return {
    ...base,
    maxTarget: (1n << 255n) - 1n,
    sharePeriod: 10,
    chainLength: 40,
    p2pPort: 9333,
    realChainLength: 40,
    ...overrides,
  };
}

const PAYEE = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8";
const BLOCK_BITS = 0x1d00ffff;

export interface Mint {
  readonly timestamp: number;
  readonly version?: 34 | 35;
  /** Makes a share that only context refutes: a subsidy of another generation transaction. */
  readonly isInvalid?: boolean;
  readonly target?: bigint;
  readonly nonce?: number;
  /** Announcement of a lost share. */
  readonly staleInfo?: number;
  /** Length of its transaction branch, as if the block had so many levels. */
  readonly branchEntries?: number;
}

/** The wrapper of a new share on a tip, solved. */
export function mint(
  tracker: Tracker,
  parent: ShareNode | null,
  wish: Mint,
  random: Random = seededRandom(7),
): Uint8Array {
  const { rules } = tracker;
  const version = rules.version(wish.version ?? 35)!;
  const plain = segwitData([], version)!;
  const txidBranch = Array.from({ length: wish.branchEntries ?? 0 }, (_, i) => new Uint8Array(32).fill(i));
  const segwit = wish.branchEntries === undefined ? plain : { ...plain, txidBranch };
  const draft = draftShare(
    parent,
    {
      version,
      data: {
        previousShareId: parent?.id ?? null,
        coinbase: Uint8Array.of(3, 1, 2, 3),
        nonce: wish.nonce ?? random.uint32(),
        payee: new TextEncoder().encode(PAYEE),
        subsidy: 312_500_000n,
        donation: 0,
        staleInfo: wish.staleInfo ?? 0,
        desiredVersion: 35n,
      },
      address: PAYEE,
      blockTarget: bitsToTarget(BLOCK_BITS),
      timestamp: wish.timestamp,
      target: wish.target ?? rules.network.maxTarget,
      segwit,
      otherTransactions: [],
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    },
    rules,
    tracker.window,
  );
  let unsolved = unsolvedShare(draft, [], version);
  if (wish.branchEntries !== undefined) unsolved = { ...unsolved, merkleBranch: txidBranch };
  if (wish.isInvalid === true) {
    const hashLink = { ...unsolved.hashLink, state: unsolved.hashLink.state.map((byte) => byte ^ 1) };
    unsolved = { ...unsolved, hashLink };
  }
  for (let nonce = 0; ; nonce++) {
    const header = { version: 0x20000000, previousBlock: null, timestamp: wish.timestamp, bits: BLOCK_BITS, nonce };
    const raw = solveShare(unsolved, header, new Uint8Array(8));
    if (isProven(raw, rules)) return raw;
  }
}

function isProven(raw: Uint8Array, rules: ShareRules): boolean {
  try {
    loadShare(raw, rules);
    return true;
  } catch (error) {
    if (error instanceof ShareError && error.code === "SHARE_POW_INVALID") return false;
    throw error;
  }
}

/** What the chain tells whoever connects it with peers. */
export interface ChainEvents {
  tipChanged(): void;
  wantedChanged(): void;
  verified(id: string): void;
  refused(share: Share, code: VerifyErrorCode, reason: string): void;
}

/** A share chain as the node keeps it, evaluated after each change. */
export class TestChain implements ShareSource {
  readonly tracker: Tracker;
  readonly accepted: { readonly id: string; readonly from: PeerId | null }[] = [];
  events: ChainEvents | null = null;
  measure: Plausibility | null = null;
  /** Shares that this node refuses, whatever they are. */
  readonly distrusted = new Set<string>();
  private readonly clock: Clock;
  private readonly random = seededRandom(11);
  private tip: ShareNode | null = null;
  private missing: readonly WantedShare[] = [];

  constructor({ network, clock }: { readonly network: PoolNetwork; readonly clock: Clock }) {
    this.tracker = new Tracker(new ShareRules(network));
    this.clock = clock;
  }

  get rules(): ShareRules {
    return this.tracker.rules;
  }
  get(id: string): ShareNode | undefined {
    return this.tracker.main.get(id);
  }
  isVerified(id: string): boolean {
    return this.tracker.verified.has(id);
  }
  best(): ShareNode | null {
    return this.tip;
  }
  heads(): Iterable<ShareNode> {
    return this.tracker.main.heads();
  }
  wanted(): readonly WantedShare[] {
    return this.missing;
  }
  isSyncing(): boolean {
    return this.tracker.verified.size < this.rules.network.chainLength / 2;
  }
  drop(id: string): boolean {
    return this.tracker.remove(id);
  }
  plausibility(): Plausibility | null {
    return this.measure;
  }

  async accept(shares: readonly Share[], from: PeerId | null): Promise<void> {
    for (const share of shares) {
      this.accepted.push({ id: share.id, from });
      if (this.distrusted.has(share.id)) {
        this.events?.refused(share, "GENTX_MISMATCH", "distrusted by the test");
        continue;
      }
      this.tracker.add(share, this.clock.now(), from);
    }
    this.evaluate();
  }

  /** Mints and takes in some shares of our own, `sharePeriod` apart, the last one now. */
  extend(count: number): ShareNode {
    const { sharePeriod } = this.rules.network;
    const now = Math.floor(this.clock.now());
    for (let i = 0; i < count; i++) {
      const timestamp = Math.max((this.tip?.item.share.info.timestamp ?? 0) + 1, now - (count - 1 - i) * sharePeriod);
      this.add(mint(this.tracker, this.tip, { timestamp }, this.random));
    }
    return this.tip!;
  }

  /** Takes in one share of our own. */
  add(raw: Uint8Array): ShareNode {
    const node = this.tracker.add(loadShare(raw, this.rules), this.clock.now())!;
    this.evaluate();
    return node;
  }

  /** A share on any other, not taken in. */
  mintOn(parent: ShareNode | null, wish: Partial<Mint> = {}): Share {
    const { sharePeriod } = this.rules.network;
    const timestamp = (parent?.item.share.info.timestamp ?? Math.floor(this.clock.now()) - sharePeriod) + sharePeriod;
    return loadShare(mint(this.tracker, parent, { timestamp, ...wish }, this.random), this.rules);
  }

  evaluate(): void {
    const before = new Set<string>();
    for (const node of this.tracker.verified.all()) before.add(node.id);
    const decision = chooseBest(this.tracker, IGNORANT, this.clock.now(), this.random);
    for (const node of this.tracker.verified.all()) if (!before.has(node.id)) this.events?.verified(node.id);
    for (const { node, verdict } of decision.refused) {
      this.events?.refused(node.item.share, verdict.code, verdict.reason);
    }
    if (decision.outcome !== "decided") return;
    const isNew = decision.best !== this.tip;
    this.tip = decision.best;
    this.missing = decision.wanted;
    if (isNew) this.events?.tipChanged();
    this.events?.wantedChanged();
  }
}
