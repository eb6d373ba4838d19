import { endpointText } from "./address.js";
import type { Peer } from "./peer.js";
import type { Direction, PeerId } from "./peer-context.js";

/** A connected peer for pages and interfaces: plain data, texts safe to show. */
export interface PeerView {
  readonly id: PeerId;
  /** `host:port` of the connection. */
  readonly address: string;
  readonly direction: Direction;
  readonly isFixed: boolean;
  /** Protocol version. */
  readonly version: number;
  readonly subVersion: string;
  /** Seconds since 1970. */
  readonly since: number;
  readonly bestShare: string | null;
  /** When it last sent a share of its own accord, seconds since 1970; null if it has not. */
  readonly toldAt: number | null;
  /** Seconds of the last round trip; null before the first. */
  readonly rtt: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes of transactions it holds for us (spec/12 `/peer_txpool_sizes`). */
  readonly txpool: number;
  readonly mode: number;
  readonly points: number;
  readonly bufferedBytes: number;
}

/** Null unless it is established. */
export function peerView(peer: Peer, points: number): PeerView | null {
  const { hello, since } = peer;
  if (hello === null || since === null) return null;
  return {
    id: peer.id,
    address: endpointText({ host: peer.address, port: peer.port }),
    direction: peer.direction,
    isFixed: peer.isFixed,
    version: hello.version,
    subVersion: hello.software,
    since,
    bestShare: peer.bestShare,
    toldAt: peer.toldAt,
    rtt: peer.roundTrip.lastMs === null ? null : peer.roundTrip.lastMs / 1000,
    bytesIn: peer.received,
    bytesOut: peer.sent,
    txpool: peer.transactionBytes,
    mode: peer.mode,
    points,
    bufferedBytes: peer.buffered,
  };
}
