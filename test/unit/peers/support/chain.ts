import { bitsToTarget } from "../../../../src/core/compact.js";
import { hash256, hashMeetsTarget } from "../../../../src/core/hash/index.js";
import { type Random, seededRandom } from "../../../../src/core/random.js";
import type { PoolNetwork } from "../../../../src/networks/index.js";
import { POOL_NETWORKS } from "../../../../src/networks/pools.js";
import type { PeerId } from "../../../../src/peers/peer-context.js";
import type { Plausibility, ShareSource } from "../../../../src/peers/share-source.js";
import type { Clock } from "../../../../src/platform/clock.js";
import {
  blockBranches,
  chooseBest,
  type DaemonView,
  decodeShare,
  draftShare,
  loadShare,
  type Share,
  type ShareNode,
  ShareRules,
  segwitData,
  Tracker,
  UnsolvedShare,
  type VerifyErrorCode,
  type WantedShare,
} from "../../../../src/sharechain/index.js";
import { payeeFields } from "../../../../src/sharechain/payee-fields.js";
import { encodeShare, targetBytes } from "../../../../src/sharechain/share.js";

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

/** Whom all shares pay. */
export const PAYEE = "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8";
const BLOCK_BITS = 0x1d00ffff;

export interface Mint {
  readonly timestamp: number;
  readonly version?: 34 | 35 | 36;
  /** Makes a share that only context refutes: a subsidy of another generation transaction. */
  readonly isInvalid?: boolean;
  readonly target?: bigint;
  readonly nonce?: number;
  /** Announcement of a lost share. */
  readonly staleInfo?: number;
  /** Of the block that its header claims to be. */
  readonly bits?: number;
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
  const { bits = BLOCK_BITS } = wish;
  const version = rules.version(wish.version ?? 35)!;
  const plain = segwitData(blockBranches([]), version)!;
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
        ...payeeFields(PAYEE, version.format, rules.network.coin),
        subsidy: 312_500_000n,
        donation: 0,
        staleInfo: wish.staleInfo ?? 0,
        desiredVersion: BigInt(Math.max(35, version.format.version)),
      },
      address: PAYEE,
      blockTarget: bitsToTarget(bits),
      timestamp: wish.timestamp,
      target: wish.target ?? rules.network.maxTarget,
      segwit,
      otherTransactions: [],
      refMerkleBranch: [],
      lastTxoutNonce: new Uint8Array(8),
    },
    rules,
    tracker.windows,
  );
  const unsolved = new UnsolvedShare(draft, blockBranches([]), version);
  const { hashLink } = unsolved;
  const changes = {
    ...(wish.branchEntries === undefined ? {} : { merkleBranch: txidBranch }),
    ...(wish.isInvalid === true ? { hashLink: { ...hashLink, state: hashLink.state.map((byte) => byte ^ 1) } } : {}),
  };
  const solved = (nonce: number): Uint8Array => {
    const header = { version: 0x20000000, previousBlock: null, timestamp: wish.timestamp, bits, nonce };
    return encodeShare({ ...unsolved.contents(header, new Uint8Array(8)), ...changes }, version);
  };
  const { headerBytes, target } = decodeShare(solved(0), rules);
  return solved(findNonce(headerBytes, targetBytes(target)));
}

const NONCE_AT = 76;

/** The first nonce with which a header meets a target, by double SHA-256. */
function findNonce(headerBytes: Uint8Array, target: Uint8Array): number {
  const header = headerBytes.slice();
  const view = new DataView(header.buffer);
  for (let nonce = 0; ; nonce++) {
    view.setUint32(NONCE_AT, nonce, true);
    if (hashMeetsTarget(hash256(header), target)) return nonce;
  }
}

/** What the chain tells whoever connects it with peers. */
export interface ChainEvents {
  tipChanged(): void;
  wantedChanged(): void;
  verified(share: Share): void;
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
    for (const node of this.tracker.verified.all()) if (!before.has(node.id)) this.events?.verified(node.item.share);
    for (const { node, verdict } of decision.refused.toReversed()) {
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
