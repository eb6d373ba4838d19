import { donationAddress, payoutScript } from "../bitcoin/address.js";
import { encode, varstr } from "../core/codec.js";
import { isSegwitActive, type PoolNetwork } from "../networks/pool-network.js";
import { type ContentsCodec, contentsCodec } from "./contents.js";
import { SHARE_FORMATS, type ShareFormat } from "./formats/index.js";

/** A share format on a network. */
export interface VersionRules {
  readonly format: ShareFormat;
  readonly segwitActive: boolean;
  readonly codec: ContentsCodec;
}

/** An address that shares of a version can pay. */
export interface PayableAddress {
  /** The same string for all shares that name it, so that they share its memory and compare at once. */
  readonly address: string;
  /** As an output carries it, length byte included. */
  readonly script: Uint8Array;
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
  private readonly versions: ReadonlyMap<number, VersionRules>;
  private scratch = new Uint8Array(0);
  private readonly scripts = { old: new Map<string, PayableAddress>(), fixed: new Map<string, PayableAddress>() };

  constructor(network: PoolNetwork) {
    this.network = network;
    this.donationAddress = donationAddress(network.coin);
    this.versions = new Map(
      SHARE_FORMATS.map((format) => {
        const segwitActive = isSegwitActive(network, format.version);
        return [format.version, { format, segwitActive, codec: contentsCodec(format, segwitActive) }];
      }),
    );
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

  /** Null for a version that is not known. */
  version(version: number): VersionRules | null {
    return this.versions.get(version) ?? null;
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
    const payable = { address, script };
    if (cache.size >= MAX_CACHED_SCRIPTS) cache.clear();
    cache.set(address, payable);
    return payable;
  }

  private makeScript(address: string, padding: "fixed" | "old"): Uint8Array | null {
    try {
      return encode(varstr, payoutScript(address, this.network.coin, padding));
    } catch {
      return null;
    }
  }
}
