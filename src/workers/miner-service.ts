import type { Socket } from "node:net";
import type { ConnectionPage, ConnectionPlace } from "./connection-view.js";
import type { MinerLatencies } from "./latencies.js";
import type { StratumStats } from "./stratum/server.js";

/** Who serves miners: this process, or others that it hands their sockets to. */
export interface MinerService {
  start(): void;
  /** Resolves when miners that come are served where they are meant to be; in any case within a few seconds of the start. */
  ready(): Promise<void>;
  /** Closes every connection. */
  stop(): Promise<void> | void;
  /** Takes a socket over, from its first byte on. `elsewhere`: it is not for this process to go on with. */
  handle(socket: Socket): "elsewhere" | undefined;
  /** Of all its miners. */
  readonly latencies: MinerLatencies;
  /** `workers`: how many to name at most. */
  stats(options?: { workers?: number }): StratumStats;
  /** A page of the connections, at a cost that depends on its length alone; null while too many ask. */
  listConnections(from: ConnectionPlace, limit: number): Promise<ConnectionPage | null>;
}
