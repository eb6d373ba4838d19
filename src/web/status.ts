/**
 * What the status page and `/api/v1/status` show: plain data, made by the node on request. Null is what is not known, and is
 * shown as absent. Units are in the names (spec/12 D.1): `At` seconds since 1970, `Seconds` a duration, `Sat` satoshi,
 * `hashRate` hashes per second.
 */
export interface NodeStatus {
  readonly version: string;
  readonly network: string;
  /** Symbol of the coin, after amounts. */
  readonly symbol: string;
  readonly uptimeSeconds: number;
  /** Connected nodes; null for a pool of one. */
  readonly peers: number | null;
  /** What a miner connects to: `stratum+tcp://host:port`. */
  readonly minerUrl: string | null;
  readonly coin: { readonly height: number | null; readonly tip: string | null };
  /** The daemon that is asked, and what is waited for or was wrong last; null if all is well. */
  readonly daemon: { readonly address: string; readonly problem: string | null };
  readonly chain: {
    readonly height: number | null;
    readonly bestShare: string | null;
    readonly verified: number | null;
    /** Un-multiplied. */
    readonly shareDifficulty: number | null;
  };
  /** What a first sync has done and has left; null when the chain is complete, or nothing of it is known yet. */
  readonly sync: {
    readonly shares: number;
    readonly sharesNeeded: number;
    readonly verified: number;
    readonly verifiedNeeded: number;
    readonly secondsLeft: number | null;
  } | null;
  readonly poolHashRate: number | null;
  readonly localHashRate: number | null;
  readonly workers: readonly WorkerStatus[];
  /** What each address would get if a block were found now. */
  readonly payouts: readonly { readonly address: string; readonly amountSat: bigint }[];
  /** Newest first. */
  readonly blocks: readonly BlockStatus[];
  /** Newest first. */
  readonly shares: readonly ShareStatus[];
  /** Why no work is handed out; null when it is. */
  readonly refusal: string | null;
}

export interface WorkerStatus {
  readonly name: string;
  readonly connections: number;
  readonly hashRate: number | null;
  /** Un-multiplied. */
  readonly difficulty: number | null;
  readonly accepted: number;
  readonly rejected: number;
  readonly userAgent: string | null;
  readonly lastSubmitAt: number | null;
}

export interface BlockStatus {
  readonly height: number;
  readonly hash: string;
  readonly rewardSat: bigint | null;
  readonly foundAt: number;
  /** Whether the daemon took it; null while it has not answered. */
  readonly accepted: boolean | null;
  /** As of the last look at the coin's chain. */
  readonly fate: "accepted" | "confirmed" | "found" | "orphaned" | "rejected";
  readonly confirmations: number | null;
}

export interface ShareStatus {
  readonly hash: string;
  readonly height: number | null;
  readonly address: string | null;
  readonly createdAt: number;
  /** Un-multiplied. */
  readonly difficulty: number | null;
  readonly mine: boolean;
}

/** Satoshi as decimal text, everything else as it is: integers of JSON end at 2^53 (spec/12 D.1). */
export function statusToJson(status: NodeStatus, at: number): string {
  return JSON.stringify({ at, ...status }, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : typeof value === "number" && !Number.isFinite(value) ? null : value,
  );
}
