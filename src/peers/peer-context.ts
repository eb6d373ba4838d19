import type { Random } from "../core/random.js";
import type { PoolNetwork } from "../networks/pool-network.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { Hello } from "./hello.js";
import type { Offence } from "./offences.js";
import type { Peer } from "./peer.js";
import type { ReceiveBudget } from "./receive-budget.js";
import type { Message } from "./wire/messages.js";

/** Names a connection, also after it has ended; never used again. What shares remember of who sent them. */
export type PeerId = string;

export type Direction = "incoming" | "outgoing";

/** What happens with a connection, for the one that keeps them. */
interface PeerHooks {
  /** The offence that a peer's `version` is; null to accept it. */
  judge(peer: Peer, hello: Hello): Offence | null;
  established(peer: Peer): void;
  /** Not for `version`, `ping`, `setmode` and `sharereply`. While the promise is pending the message counts as waiting. */
  received(peer: Peer, message: Message): Promise<void> | undefined;
  /** The connection ends by itself if the offence says so. */
  punish(peer: Peer, offence: Offence, detail: string): void;
  closed(peer: Peer, reason: string): void;
}

/** What all connections of a node have in common. */
export interface PeerContext {
  readonly network: PoolNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** `<name>/<semver>`, printable ASCII, at most 64 bytes. */
  readonly software: Uint8Array;
  /** Of this process; makes the nonces. */
  readonly secret: Uint8Array;
  readonly receiveBudget: ReceiveBudget;
  readonly bestShare: () => string | null;
  readonly isLegacy: () => boolean;
  /** Bytes that wait to be sent, of all connections: has become more or fewer. */
  readonly queued: (change: number) => void;
  readonly hooks: PeerHooks;
}
