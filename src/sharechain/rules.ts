import { donationAddress, payoutScript, scriptToAddress } from "../bitcoin/address.js";
import { BLOCK_HEADER_SIZE } from "../bitcoin/block.js";
import { bytesToBinaryString, bytesToHex, concatBytes } from "../core/bytes.js";
import { encode, varstr } from "../core/codec.js";
import { bitsToTarget, type CompactBits, targetToAttempts } from "../core/compact.js";
import { HashTexts } from "../core/hash-texts.js";
import { isSegwitActive, type PoolNetwork } from "../networks/pool-network.js";
import { type ContentsCodec, contentsCodec } from "./contents.js";
import { formatsUpTo, type ShareFormat } from "./formats/index.js";
import { type PayableAddress, RecentPayees } from "./recent-payees.js";

/** A share format on a network. */
export interface VersionRules {
  readonly format: ShareFormat;
  readonly segwitActive: boolean;
  readonly codec: ContentsCodec;
  /** End of every hashed prefix of a generation transaction: donation script, zero value, head of the last output. */
  readonly constantEnd: Uint8Array;
  /** The donation script's bytes as characters. */
  readonly donationKey: string;
  /** Payees as shares of this version name them. */
  readonly payees: RecentPayees;
}

export function gentxConstantEnd(donationScript: Uint8Array): Uint8Array {
  return concatBytes(encode(varstr, donationScript), new Uint8Array(8), Uint8Array.of(0x2a, 0x6a, 0x28));
}

/** A target with what follows from it. */
export interface TargetWork {
  readonly target: bigint;
  /** Expected hashes to meet it. */
  readonly work: bigint;
}

/** Most bits whose targets are remembered; at the bound all are forgotten. */
const MAX_CACHED_TARGETS = 1000;
/**
 * Bytes of one piece of memory for what is kept of shares, a header and three hashes of each: a piece for each would take longer
 * to get than the header to be put together. No larger, since one share that is kept keeps the whole piece.
 */
const KEPT_TOGETHER = 16 * (BLOCK_HEADER_SIZE + 3 * 32);

/** Most address texts whose scripts are remembered; at the bound all are forgotten. */
const MAX_CACHED_SCRIPTS = 20_000;

/**
 * The rules of one share network: its parameters with what follows from them. Consensus state is a value passed in, never
 * a global. What is remembered of scripts, payees, hashes and targets changes no answer.
 */
export class ShareRules {
  readonly network: PoolNetwork;
  /** Key of the donation among the payouts (spec/01 §8.7). */
  readonly donationAddress: string;
  /** The newest format that the network knows: what nodes vote for. */
  readonly newest: ShareFormat;
  private readonly versions: ReadonlyMap<number, VersionRules>;
  /** Display forms of the hashes that stand in shares. */
  readonly hashTexts = new HashTexts();
  private scratch = new Uint8Array(0);
  private readonly targets = new Map<CompactBits, TargetWork>();
  private kept = new Uint8Array(0);
  private keptUsed = 0;
  private readonly scripts = {
    old: new Map<string, PayableAddress>(),
    fixed: new Map<string, PayableAddress>(),
    typed: new Map<string, PayableAddress>(),
  };

  constructor(network: PoolNetwork) {
    this.network = network;
    this.donationAddress = donationAddress(network.coin);
    const formats = formatsUpTo(network.newestShareVersion);
    this.newest = formats.at(-1)!;
    this.versions = new Map(
      formats.map((format) => {
        const segwitActive = isSegwitActive(network, format.version);
        const constantEnd = gentxConstantEnd(format.donationScript);
        const codec = contentsCodec(format, segwitActive, this.hashTexts);
        const donationKey = bytesToBinaryString(format.donationScript);
        const payees = new RecentPayees();
        return [format.version, { format, segwitActive, codec, constantEnd, donationKey, payees }];
      }),
    );
  }

  /** The format whose shares this one follows; null if there is none, or more than one. */
  predecessor(format: ShareFormat): ShareFormat | null {
    const formats = [...this.versions.values()].map((version) => version.format);
    const before = formats.filter(({ successor }) => successor === format.version);
    return before.length === 1 ? before[0]! : null;
  }

  /** The identifier and bytes behind it, to be hashed at once: the next call writes over them. */
  identified(bytes: Uint8Array): Uint8Array {
    const { identifier } = this.network;
    const size = identifier.length + bytes.length;
    if (this.scratch.length < size) {
      this.scratch = new Uint8Array(2 * size);
      this.scratch.set(identifier);
    }
    this.scratch.set(bytes, identifier.length);
    return this.scratch.subarray(0, size);
  }

  /** The target of bits and its work: the shares of a chain have few different ones at a time. */
  targetOf(bits: CompactBits): TargetWork {
    let known = this.targets.get(bits);
    if (known === undefined) {
      const target = bitsToTarget(bits);
      known = { target, work: targetToAttempts(target) };
      if (this.targets.size >= MAX_CACHED_TARGETS) this.targets.clear();
      this.targets.set(bits, known);
    }
    return known;
  }

  /** Room for bytes of a share that are kept, next to those of other shares; at most `KEPT_TOGETHER`. */
  keptRoom(size: number): Uint8Array {
    if (this.keptUsed + size > this.kept.length) {
      this.kept = new Uint8Array(KEPT_TOGETHER);
      this.keptUsed = 0;
    }
    const start = this.keptUsed;
    this.keptUsed += size;
    return this.kept.subarray(start, this.keptUsed);
  }

  /** Null for a version that the network does not know. */
  version(version: number): VersionRules | null {
    return this.versions.get(version) ?? null;
  }

  /** What may follow a share of this format once enough work votes for it; null if the network knows nothing newer. */
  successor(format: ShareFormat): ShareFormat | null {
    return format.successor === null ? null : (this.versions.get(format.successor)?.format ?? null);
  }

  /**
   * A payout address with its script; null if it cannot be paid under this padding rule (spec/01 §8.4, §8.5). Only those
   * that can be are remembered: strangers choose the texts, and what is no address may be of any length.
   */
  payable(address: string, padding: "fixed" | "old"): PayableAddress | null {
    const cache = this.scripts[padding];
    const known = cache.get(address);
    if (known !== undefined) return known;
    const script = this.makeScript(address, padding);
    if (script === null) return null;
    return remember(cache, address, payableScript(script, address));
  }

  /** The script of a payout address under the rules of a version, as an output carries it; null if it has none. */
  scriptOf(address: string, { format }: VersionRules): Uint8Array | null {
    return this.payable(address, format.padding)?.script ?? null;
  }

  /** The script that 20 bytes stand in by their type (spec/20 §4), with its address; types that are not known are 0. */
  typedHash(hash: Uint8Array, type: number): PayableAddress {
    const [head, tail] = TYPED_SCRIPTS[type] ?? TYPED_SCRIPTS[0]!;
    const key = String.fromCharCode(...head, ...hash, ...tail);
    const known = this.scripts.typed.get(key);
    if (known !== undefined) return known;
    const script = concatBytes(Uint8Array.from(head), hash, Uint8Array.from(tail));
    return remember(this.scripts.typed, key, payableScript(script, this.scriptAddress(script)));
  }

  /** The address of a script without its length, for display; its hex digits if it has none. */
  scriptAddress(script: Uint8Array): string {
    return scriptToAddress(script, this.network.coin) ?? bytesToHex(script);
  }

  private makeScript(address: string, padding: "fixed" | "old"): Uint8Array | null {
    try {
      return payoutScript(address, this.network.coin, padding);
    } catch {
      return null;
    }
  }
}

/** What stands before and behind the 20 bytes: to a key's hash, to a witness of one, to a script's hash. */
const TYPED_SCRIPTS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [0x76, 0xa9, 0x14],
    [0x88, 0xac],
  ],
  [[0x00, 0x14], []],
  [[0xa9, 0x14], [0x87]],
];

function payableScript(script: Uint8Array, address: string): PayableAddress {
  return { address, script: encode(varstr, script), scriptKey: bytesToBinaryString(script) };
}

function remember(cache: Map<string, PayableAddress>, key: string, payable: PayableAddress): PayableAddress {
  if (cache.size >= MAX_CACHED_SCRIPTS) cache.clear();
  cache.set(key, payable);
  return payable;
}
