import { donationAddress, payoutScript, scriptToAddress } from "../bitcoin/address.js";
import { bytesToBinaryString, bytesToHex, concatBytes } from "../core/bytes.js";
import { encode, varstr } from "../core/codec.js";
import { isSegwitActive, type PoolNetwork } from "../networks/pool-network.js";
import { type ContentsCodec, contentsCodec } from "./contents.js";
import { formatsUpTo, type ShareFormat } from "./formats/index.js";

/** A share format on a network. */
export interface VersionRules {
  readonly format: ShareFormat;
  readonly segwitActive: boolean;
  readonly codec: ContentsCodec;
  /** End of every hashed prefix of a generation transaction: donation script, zero value, head of the last output. */
  readonly constantEnd: Uint8Array;
}

export function gentxConstantEnd(donationScript: Uint8Array): Uint8Array {
  return concatBytes(encode(varstr, donationScript), new Uint8Array(8), Uint8Array.of(0x2a, 0x6a, 0x28));
}

/** An address that shares of a version can pay, or a script that they name. */
export interface PayableAddress {
  /** The same string for all shares that name it, so that they share its memory and compare at once. */
  readonly address: string;
  /** As an output carries it, length byte included. */
  readonly script: Uint8Array;
  /** The script's bytes as characters, without the length: sorts as the bytes do. */
  readonly scriptKey: string;
}

/** Most address texts whose scripts are remembered; at the bound all are forgotten. */
const MAX_CACHED_SCRIPTS = 20_000;

/**
 * The rules of one share network: its parameters with what follows from them. Consensus state is a value passed in, never
 * a global. The script cache changes no answer.
 */
export class ShareRules {
  readonly network: PoolNetwork;
  /** Key of the donation among the payouts (spec/01 §8.7). */
  readonly donationAddress: string;
  /** The newest format that the network knows: what nodes vote for. */
  readonly newest: ShareFormat;
  private readonly versions: ReadonlyMap<number, VersionRules>;
  private scratch = new Uint8Array(0);
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
        return [format.version, { format, segwitActive, codec: contentsCodec(format, segwitActive), constantEnd }];
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
