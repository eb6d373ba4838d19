import type { Random } from "../core/random.js";
import type { PoolNetwork } from "../networks/pool-network.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { Transport } from "../platform/transport.js";
import type { Resolve } from "./endpoint.js";
import type { Peer } from "./peer.js";
import type { PeerStore } from "./peer-store.js";
import type { Message } from "./wire/messages.js";

export interface PeerNetworkOptions {
  readonly network: PoolNetwork;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** `<name>/<semver>`, printable ASCII, at most 64 bytes. */
  readonly software: string;
  /** Lowest protocol version to accept; rises with the share chain (spec/06 §5.4). */
  readonly minimumVersion: () => number;
  readonly bestShare: () => string | null;
  /** Whether the chain may hold shares below version 34 (spec/06 §8.1); never by default. */
  readonly isLegacy?: () => boolean;
  readonly resolve: Resolve;
  /** Null to accept no connections. `host`: all addresses by default. */
  readonly listen: {
    readonly port: number;
    readonly host?: string;
    readonly failIfTaken?: boolean;
    readonly onBound?: (port: number) => void;
  } | null;
  readonly maxIncoming?: number;
  /** 0 dials nobody but fixed nodes. */
  readonly outgoing?: number;
  /** `host[:port]`, kept for ever. */
  readonly fixedNodes?: readonly string[];
  /** `host[:port]`; those of the network by default. */
  readonly bootstrapHosts?: readonly string[];
  /** `host[:port]` that others reach us at. */
  readonly externalAddress?: string;
  readonly advertise?: boolean;
  /** Private and loopback addresses are stored, dialled and told on too. */
  readonly localNetwork?: boolean;
  /** Of 127/8 only 127.0.0.1 is loopback (spec/09 §14). */
  readonly testAddresses?: boolean;
  /** How often deadlines are looked at, milliseconds; twice a second by default. */
  readonly sweepMs?: number;
  readonly store?: PeerStore;
}

/** Whoever wants to hear of peers. */
export interface PeerListener {
  established?(peer: Peer): void;
  closed?(peer: Peer): void;
  /** Undefined if the message is not its own or is done with. */
  received?(peer: Peer, message: Message): Promise<void> | undefined;
  /** Once or twice a second. */
  sweep?(): void;
}
