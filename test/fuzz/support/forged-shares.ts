import assert from "node:assert/strict";
import { payoutScript } from "../../../src/bitcoin/address.js";
import { bytesToHex, hexToBytes } from "../../../src/core/bytes.js";
import { encode } from "../../../src/core/codec.js";
import { bitsToTarget } from "../../../src/core/compact.js";
import { hash256, hashMeetsTarget, Sha256 } from "../../../src/core/hash/index.js";
import { type Random, seededRandom } from "../../../src/core/random.js";
import type { PoolNetwork } from "../../../src/networks/index.js";
import type { ShareContents, ShareId, ShareInfo } from "../../../src/sharechain/contents.js";
import type { ShareWish } from "../../../src/sharechain/draft.js";
import { ShareError } from "../../../src/sharechain/errors.js";
import {
  blockBranches,
  draftShare,
  type ShareNode,
  ShareRules,
  segwitData,
  Tracker,
} from "../../../src/sharechain/index.js";
import { payeeFields } from "../../../src/sharechain/payee-fields.js";
import {
  committedBytes,
  decodeShare,
  encodeShare,
  hashLinkRestSize,
  proveShare,
  type Share,
  shareRefHash,
  targetBytes,
} from "../../../src/sharechain/share.js";
import { verifyShare } from "../../../src/sharechain/verify.js";
import { Workspace } from "../../../src/sharechain/workspace.js";
import { easyNetwork } from "../../unit/peers/support/chain.js";
import { IGNORANT_DAEMON } from "../../vectors/handlers/share-network.js";
import { below, pick } from "./mutate.js";
import {
  type PlainChainShare,
  type PlainClaim,
  type PlainNetwork,
  plainPayouts,
  plainPrefix,
  plainVerdict,
} from "./plain-verdict.js";
import type { FuzzTarget } from "./target.js";

const ZERO_HASH = new Uint8Array(32);
const BLOCK_BITS = 0x1d00ffff;
/** So short that a share's window, the shares that targets follow, and the hundredth ancestor all lie inside the chain. */
const LENGTHS = { chainLength: 60, realChainLength: 50, targetLookbehind: 8, sharePeriod: 10, spread: 3 };
const SHARES = 130;
const START = 1_700_000_000;
const PAYEES = [
  "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8",
  "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc",
  "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
  "n2eMqTT929pb1RDNuqEnxdaLau1rxy3efi",
];

/** Hashes that are tried for a proof of work. */
const MAX_NONCE = 2_000;

function forgersNetwork(version: 35 | 36): PoolNetwork {
  return easyNetwork({ ...LENGTHS, newestShareVersion: version, genesisShareVersion: version });
}

/** What came of the forged shares that could be loaded. */
export const judged = { valid: 0, invalid: 0 };

/** `refused`: why, null for a valid share. `share`: null if it cannot even be loaded. */
export interface Forgery {
  readonly share: Share | null;
  readonly refused: string | null;
}

type Changes = { -readonly [K in keyof ShareInfo]?: ShareInfo[K] };

/**
 * Shares made by somebody who knows the rules and breaks some: field by field, or in the payouts, with every hash made anew. Judged
 * by a verifier that shares nothing with ours.
 */
export class Forger {
  /** Forged shares are judged at this time, seconds since 1970. */
  readonly now = START + 100 * SHARES;
  private readonly rules: ShareRules;
  private readonly tracker: Tracker;
  private readonly workspace: Workspace;
  private readonly plain = new Map<string, PlainChainShare>();
  private readonly network: PlainNetwork;
  private readonly version: 35 | 36;
  private readonly isMined: boolean;
  private readonly nodes: ShareNode[] = [];

  /** `isMined`: shares have their proof of work, which on such a network takes some hashes; else it is taken for granted. */
  constructor(version: 35 | 36, network: PoolNetwork = forgersNetwork(version), isMined = false) {
    this.version = version;
    this.isMined = isMined;
    this.rules = new ShareRules(network);
    this.tracker = new Tracker(this.rules);
    this.workspace = new Workspace(this.rules);
    const donationScript = bytesToHex(this.rules.version(version)!.format.donationScript);
    this.network = {
      version,
      sharePeriod: network.sharePeriod,
      lookbehind: network.targetLookbehind,
      maxTarget: network.maxTarget,
      minTarget: network.minTarget,
      chainLength: network.chainLength,
      realChainLength: network.realChainLength,
      spread: BigInt(network.spread),
      donationKey: this.rules.donationAddress,
      donationScript,
      scriptOf: (payee) => (version === 36 ? payee : bytesToHex(payoutScript(payee, network.coin, "fixed"))),
    };
    const random = seededRandom(version);
    for (let i = 0; i < SHARES; i++) this.extend(random);
  }

  /** The honest shares that forged ones stand on, oldest first. */
  get chain(): readonly Share[] {
    return this.nodes.map(({ item }) => item.share);
  }

  /** Makes a share on one of the newest as chance has it that begins with `input`, and has both judge it. */
  judge(input: Uint8Array): Forgery {
    const random = seededRandom(input.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, input.length));
    const parent = this.nodes.at(-1 - below(random, 4))!;
    const wish = this.wish(parent, random);
    const honest = draftShare(parent, wish, this.rules, this.workspace.windows).info;
    const info = { ...honest };
    for (let changes = below(random, 3); changes > 0; changes--) Object.assign(info, this.change(info, parent, random));
    const claim = this.claim(info, wish);
    let payouts = plainPayouts(this.plain, claim, this.network);
    if (below(random, 3) === 0) payouts = otherPayouts(payouts, random);
    const { share, refused } = this.forge(info, wish, plainPrefix(payouts, claim, this.network));

    const { now } = this;
    const known = {
      ...claim,
      ...(share === null ? {} : { gentxHash: bytesToHex(share.gentxHash), refHash: bytesToHex(share.refHash) }),
    };
    const plain =
      info.mergedPayoutHash !== honest.mergedPayoutHash
        ? "commitment to payouts of merged chains"
        : plainVerdict(this.plain, known, now, this.network);
    if (share === null) {
      // What cannot be loaded has no place; only what is known to be wrong may be refused for its target.
      assert.ok(
        plain !== null || refused === "SHARE_POW_INVALID",
        `refused as ${refused}, but nothing is wrong with it`,
      );
      return { share, refused };
    }
    const verdict = this.verify(share, now);
    judged[verdict === null ? "valid" : "invalid"]++;
    assert.equal(
      verdict === null,
      plain === null,
      `we say ${verdict ?? "valid"}, the plain verifier ${plain ?? "valid"}`,
    );
    return { share, refused: verdict };
  }

  private verify(share: Share, now: number): string | null {
    const node = this.tracker.add(share, 0);
    if (node === null) return null;
    try {
      const verdict = verifyShare(node, now, IGNORANT_DAEMON, this.rules, this.workspace);
      return verdict.ok ? null : verdict.code;
    } finally {
      this.tracker.remove(share.id);
    }
  }

  private extend(random: Random): void {
    const parent = this.nodes.at(-1) ?? null;
    const wish = this.wish(parent, random);
    const { info, gentxPrefix } = draftShare(parent, wish, this.rules, this.tracker.windows);
    const { share } = this.forge(info, wish, bytesToHex(gentxPrefix));
    const node = this.tracker.add(share!, 0)!;
    const verdict = this.tracker.verify(node, this.now, IGNORANT_DAEMON);
    assert.ok(verdict.ok, verdict.ok ? "" : verdict.reason);
    this.nodes.push(node);
    this.plain.set(share!.id, { ...this.claim(info, wish), id: share!.id });
  }

  private wish(parent: ShareNode | null, random: Random): ShareWish {
    const { rules } = this;
    const version = rules.version(this.version)!;
    const address = pick(random, PAYEES);
    const { sharePeriod, maxTarget } = rules.network;
    // Now and then after a silence.
    const ahead = below(random, 12) === 0 ? below(random, 60 * sharePeriod) : below(random, 2 * sharePeriod + 2);
    return {
      version,
      data: {
        previousShareId: parent?.id ?? null,
        coinbase: Uint8Array.from({ length: 2 + below(random, 99) }, () => below(random, 256)),
        nonce: random.uint32(),
        ...payeeFields(address, version.format, rules.network.coin),
        subsidy: BigInt(pick(random, [0, 1, 199, 200, 625_000_000, 5_000_000_000])),
        donation: pick(random, [0, 0, 1, 327, 65_534, 65_535]),
        staleInfo: pick(random, [0, 0, 253, 254, 7]),
        desiredVersion: BigInt(this.version),
      },
      address,
      blockTarget: bitsToTarget(BLOCK_BITS),
      timestamp: parent === null ? START : parent.item.share.info.timestamp + ahead,
      target: maxTarget >> BigInt(below(random, 7)),
      segwit: segwitData(blockBranches([]), version),
      otherTransactions: [],
      refMerkleBranch: below(random, 4) === 0 ? [ZERO_HASH] : [],
      lastTxoutNonce: Uint8Array.from({ length: 8 }, () => below(random, 256)),
    };
  }

  /** One field as the rules do not have it, or as they might. */
  private change(info: ShareInfo, parent: ShareNode, random: Random): Changes {
    const step = pick(random, [-2, -1, 1, 2]);
    const id = (): ShareId => pick(random, this.nodes).id as ShareId;
    const bits = (value: number): number =>
      pick(random, [(value + step) >>> 0, value ^ (1 << below(random, 32)), random.uint32(), 0]) >>> 0;
    const changes: (() => Changes)[] = [
      () => ({
        farShareId: pick(random, [
          id(),
          null,
          parent.ancestor(98)?.id ?? null,
          parent.ancestor(100)?.id ?? null,
        ]) as ShareId,
      }),
      () => ({ maxBits: bits(info.maxBits) }),
      () => ({ bits: bits(info.bits) }),
      () => ({ bits: info.maxBits }),
      () => ({ timestamp: (info.timestamp + step) >>> 0 }),
      () => ({
        timestamp: pick(random, [
          0,
          parent.item.share.info.timestamp,
          START + 100 * SHARES + 600,
          START + 100 * SHARES + 601,
        ]),
      }),
      () => ({ absheight: (info.absheight + step) >>> 0 }),
      () => ({ abswork: info.abswork + BigInt(step) }),
      () => ({ abswork: info.abswork + 2n ** 64n * BigInt(this.version === 35 ? 1 : 0) }),
      () => ({ data: { ...info.data, subsidy: info.data.subsidy + BigInt(Math.abs(step)) } }),
      () => ({ data: { ...info.data, donation: below(random, 65_536) } }),
      () => ({ data: { ...info.data, staleInfo: below(random, 256) } }),
      () => ({ data: { ...info.data, desiredVersion: BigInt(random.uint32()) } }),
      () => ({ segwit: { ...info.segwit!, wtxidMerkleRoot: Uint8Array.from(ZERO_HASH, () => below(random, 255)) } }),
    ];
    if (this.version === 36) changes.push(() => ({ mergedPayoutHash: pick(random, [null, id()]) }));
    return pick(random, changes)();
  }

  private claim(info: ShareInfo, { address, lastTxoutNonce }: ShareWish): PlainClaim {
    const { coin } = this.rules.network;
    return {
      id: "",
      parent: info.data.previousShareId,
      payee: this.version === 36 ? bytesToHex(payoutScript(address, coin, "fixed")) : address,
      donation: info.data.donation,
      timestamp: info.timestamp,
      maxBits: info.maxBits,
      bits: info.bits,
      absheight: info.absheight,
      abswork: info.abswork,
      farShareId: info.farShareId,
      subsidy: info.data.subsidy,
      blockBits: BLOCK_BITS,
      coinbase: bytesToHex(info.data.coinbase),
      wtxidMerkleRoot: bytesToHex(info.segwit!.wtxidMerkleRoot),
      refHash: "",
      lastTxoutNonce: bytesToHex(lastTxoutNonce),
      gentxHash: "",
    };
  }

  /** The share over a generation transaction that begins so; null if its bytes are none. */
  private forge(info: ShareInfo, wish: ShareWish, prefixHex: string): Forgery {
    const { rules } = this;
    const version = wish.version;
    const prefix = hexToBytes(prefixHex);
    const hash = Sha256.create().update(prefix);
    const buffered = hash.exportBuffered();
    const rest = version.format.hasHashLinkRest
      ? buffered.subarray(0, hashLinkRestSize(buffered.length, version.constantEnd))
      : new Uint8Array(0);
    const contents = (nonce: number): ShareContents => ({
      minHeader: { version: 0x20000000, previousBlock: null, timestamp: info.timestamp, bits: BLOCK_BITS, nonce },
      info,
      refMerkleBranch: wish.refMerkleBranch,
      lastTxoutNonce: wish.lastTxoutNonce,
      hashLink: { state: hash.exportState(), rest, length: BigInt(prefix.length) },
      merkleBranch: [],
      messages: null,
    });
    try {
      for (let nonce = 0; ; nonce++) {
        const unproven = decodeShare(encodeShare(contents(nonce), version), rules);
        const pow = this.isMined ? hash256(unproven.headerBytes) : ZERO_HASH;
        if (nonce < MAX_NONCE && !hashMeetsTarget(pow, targetBytes(unproven.target))) continue;
        const share = proveShare(unproven, pow);
        const committed = committedBytes(encode(version.codec.info, info), null, version.format);
        assert.deepEqual(share.refHash, shareRefHash(committed, wish.refMerkleBranch, rules));
        return { share, refused: "" };
      }
    } catch (error) {
      if (error instanceof ShareError) return { share: null, refused: error.code };
      throw error;
    }
  }
}

/** What somebody who wants more than his part would try. */
function otherPayouts(payouts: readonly [string, bigint][], random: Random): [string, bigint][] {
  const other = payouts.map(([payee, amount]): [string, bigint] => [payee, amount]);
  const a = other[below(random, other.length)]!;
  const b = other[below(random, other.length)]!;
  const change = pick(random, [
    () => ([a[1], b[1]] = [b[1], a[1]]),
    () => ([a[0], b[0]] = [b[0], a[0]]),
    () => ([a[1], b[1]] = [a[1] + 1n, b[1] > 0n ? b[1] - 1n : 0n]),
    () => (a[1] = a[1] + 1n),
    () => other.splice(below(random, other.length - 1), other.length > 1 ? 1 : 0),
    () => other.unshift([...a]),
    () => other.reverse(),
  ]);
  change();
  return other;
}

export const FORGED_TARGETS: readonly FuzzTarget[] = ([35, 36] as const).map((version) => {
  let forger: Forger | null = null;
  return {
    name: `forged shares of version ${version}`,
    // The input only chooses what is forged.
    seeds: [new Uint8Array(16)],
    mutate: (_, random) => Uint8Array.from({ length: 16 }, () => below(random, 256)),
    decode: (input) => {
      forger ??= new Forger(version);
      forger.judge(input);
    },
  };
});
