import type { Endpoint, Link } from "../platform/transport.js";
import type { Offence } from "./offences.js";
import type { Peer } from "./peer.js";

/** How a connection that we dialled ended. */
export interface ConnectionEnd {
  readonly wasEstablished: boolean;
  /** What ended it, if the peer did something wrong. */
  readonly offence: Offence | null;
}

/** What whoever dialled wants to hear of it. */
export interface DialFollower {
  readonly isFixed: boolean;
  established(peer: Peer): void;
  closed(end: ConnectionEnd): void;
}

/** Dials, and lets nothing through that is not an address. @throws TransportError */
export type Dial = (to: Endpoint, timeoutMs: number, signal: AbortSignal) => Promise<Link>;

/** Makes a peer of a link that was dialled; null if the node stops or does not want it any more. */
export type Adopt = (link: Link, follower: DialFollower) => Peer | null;
