import { P2PoolError } from "../core/errors.js";

export type WorkerPortErrorCode =
  /** The port and all others that may be tried are in use. */
  | "WORKER_PORT_TAKEN"
  /** The operating system refuses the address or port; the cause says why. */
  | "WORKER_PORT_REFUSED"
  /** Stopped while still waiting for the port. */
  | "WORKER_PORT_STOPPED";

export class WorkerPortError extends P2PoolError<{ code: WorkerPortErrorCode; port: number }> {}

/** A request that is answered with an error line: `reply` is the number on the wire (spec/11 §4.6). */
export class StratumError extends P2PoolError<{ code: "STRATUM_REFUSED"; reply: StratumReplyCode }> {
  constructor(reply: StratumReplyCode, text: string) {
    super(text, { code: "STRATUM_REFUSED", reply });
  }
}

export type StratumReplyCode = -32700 | -32600 | -3 | 20 | 21 | 22 | 23 | 24 | 25;
