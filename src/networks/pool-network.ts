import type { Coin } from "../bitcoin/coin.js";

/** A chain that is mined along with a share chain's coin, as far as shares know it. */
export interface MergedChain {
  /** Its identity in the tree of merged chains. */
  readonly chainId: number;
  /** For people. */
  readonly name: string;
  /** Version bytes of its addresses. */
  readonly addressVersion: number;
  readonly addressP2shVersion: number;
}

/** A share chain: its coin and the parameters that all its nodes must agree on (spec/02 §1). */
export interface PoolNetwork {
  /** Also the name of the data directory, and part of one rule of consensus: only `bitcoin` counts votes for version 16. */
  readonly name: string;
  readonly coin: Coin;
  /** 8 bytes hashed into every share; keeps share chains apart. */
  readonly identifier: Uint8Array;
  /** 8 magic bytes of the P2Pool protocol. */
  readonly prefix: Uint8Array;
  /** Seconds from share to share. */
  readonly sharePeriod: number;
  /** Shares that a node wants to have verified; the unit of vote and score windows. */
  readonly chainLength: number;
  /** Most shares that a payout window reaches back. */
  readonly realChainLength: number;
  /** Shares that the pool's rate is estimated over when the share target is set. */
  readonly targetLookbehind: number;
  /** Payout window in multiples of the work of one block. */
  readonly spread: number;
  readonly minTarget: bigint;
  readonly maxTarget: bigint;
  /** Whether a node without peers, or without a best share, refuses to hand out work. */
  readonly persist: boolean;
  readonly p2pPort: number;
  readonly workerPort: number;
  /** Lowest protocol version that a peer may announce; may rise at run time. */
  readonly minimumProtocolVersion: number;
  /** Shares of this version and later carry segwit data; null for never. */
  readonly segwitActivationVersion: number | null;
  /** Names of soft forks that the daemon must know. */
  readonly softforksRequired: readonly string[];
  /** Bytes; for filling blocks and for punishing oversized ones. */
  readonly blockMaxSize: number;
  readonly blockMaxWeight: number;
  /** `host` or `host:port` of nodes to ask first. */
  readonly bootstrapHosts: readonly string[];
  /** Where found blocks are told on IRC, if the operator asks for it. */
  readonly ircChannel: string;
  /** Newest share version in use here: accepted, voted for, and minted once the chain is ready for it (spec/20 §13). */
  readonly newestShareVersion: number;
  /** Chains whose blocks, found along with this one's, pay every miner (spec/20 §9). */
  readonly mergedChains: readonly MergedChain[];
  /** Version of the first share of a chain that we mint; an existing chain decides for itself. */
  readonly genesisShareVersion: number;
}

/** Whether shares of this version have the segwit layout on this network. */
export function isSegwitActive(network: PoolNetwork, shareVersion: number): boolean {
  return network.segwitActivationVersion !== null && shareVersion >= network.segwitActivationVersion;
}
