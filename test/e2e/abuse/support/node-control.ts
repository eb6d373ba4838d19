import type { PoolNetwork } from "../../../../src/networks/index.js";
import type { PeerView } from "../../../../src/peers/peer-view.js";

/** A share chain of the test's, to begin with. */
export interface NodeSetup {
  /** Changes of the easy network. */
  readonly network: Partial<PoolNetwork>;
  /** In its store, parents first. */
  readonly shares: readonly Uint8Array[];
  readonly areVerified: boolean;
  readonly daemonUrl: string;
  readonly quarantineDirectory?: string;
  readonly httpRequestMs?: number;
  /** Where the coin's own P2P protocol is spoken; nowhere by default. */
  readonly coinPort?: number;
}

export interface NodeState {
  readonly tip: string | null;
  readonly shares: number;
  readonly verified: number;
  /** Greeted or not. */
  readonly connections: number;
  readonly peers: readonly PeerView[];
  readonly scores: readonly { readonly address: string; readonly points: number; readonly banEndsAt: number | null }[];
  /** Of other nodes, as the address book holds them. */
  readonly addresses: readonly { readonly address: string; readonly lastSeen: number }[];
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
}

export interface Usage {
  /** Bytes on the heap and in buffers outside of it, after a collection. */
  readonly bytes: number;
  /** As `longestTurnMs` says. */
  readonly longestTurnMs: number;
}

/** What a test asks of the process that the node under attack runs in. */
export interface NodeControl {
  start(setup: NodeSetup): Promise<{ readonly p2pPort: number; readonly workerPort: number }>;
  stop(): Promise<void>;
  /** Skips time; returns the wall clock, seconds since 1970. */
  skip(milliseconds: number): Promise<number>;
  stepWall(seconds: number): Promise<void>;
  state(): Promise<NodeState>;
  has(id: string): Promise<boolean>;
  /** From now on this node's verifier refuses the share. */
  distrust(id: string): Promise<void>;
  usage(): Promise<Usage>;
  /** Processor time that the event loop's thread had in its longest turn since the last question. */
  longestTurnMs(): Promise<number>;
  /** Processor time since the process began, milliseconds. */
  cpu(): Promise<number>;
  /** Most memory that the process ever had. */
  peakBytes(): Promise<number>;
  /** Jobs that were made out so far. */
  jobsMade(): Promise<number>;
  log(): Promise<readonly LogLine[]>;
  events(): Promise<readonly string[]>;
}

export interface Call {
  readonly id: number;
  readonly method: keyof NodeControl;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };
