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
  private readonly scripts = { old: new Map<string, Uint8Array | null>(), fixed: new Map<string, Uint8Array | null>() };

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

  /** Null for a version that is not known. */
  version(version: number): VersionRules | null {
    return this.versions.get(version) ?? null;
  }

  /**
   * Script of a payout address as an output carries it, length byte included; null if the address cannot be paid under
   * this padding rule (spec/01 §8.4, §8.5).
   */
  outputScript(address: string, padding: "fixed" | "old"): Uint8Array | null {
    const cache = this.scripts[padding];
    let script = cache.get(address);
    if (script === undefined) {
      script = this.makeScript(address, padding);
      if (cache.size >= MAX_CACHED_SCRIPTS) cache.clear();
      cache.set(address, script);
    }
    return script;
  }

  private makeScript(address: string, padding: "fixed" | "old"): Uint8Array | null {
    try {
      return encode(varstr, payoutScript(address, this.network.coin, padding));
    } catch {
      return null;
    }
  }
}
