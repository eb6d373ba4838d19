/** What the embedded node's worker is told at its start (structured-cloneable). */
export interface EmbeddedWorkerData {
  readonly rpcPort: number;
  readonly p2pPort: number;
  /** Password of the RPC; the user name is ignored. */
  readonly apiKey: string;
  /** Compact target of every block above `premine`. */
  readonly bits: number;
  /** Blocks mined at the start, at the easiest target, paying the worker's own key. */
  readonly premine: number;
  /** Seconds since 1970: the time of the last of them. The premined chain depends on nothing else. */
  readonly premineTime: number;
  /** Own transactions kept waiting for the next block. */
  readonly transactionsPerBlock: number;
  /** Pause between two of them. */
  readonly transactionIntervalMs: number;
}

/** To the worker: end by yourself. Ended from outside within a network callback, Node brings the whole process down. */
export const STOP = "stop";

export type EmbeddedWorkerMessage =
  | { readonly kind: "ready"; readonly height: number }
  /** The start failed, by the port or for another reason. */
  | { readonly kind: "failed"; readonly message: string; readonly portInUse: boolean }
  /** Something went wrong later; the node lives on. */
  | { readonly kind: "trouble"; readonly message: string };
