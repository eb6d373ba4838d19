import type { z } from "zod";
import type { NodeView, PeerSummary } from "../view.js";
import type * as schemas from "./schemas.js";

/** A peer as whoever asks may see it. */
export function describePeer(
  view: NodeView,
  peer: PeerSummary,
  { isOperator, showPeers }: { readonly isOperator: boolean; readonly showPeers: boolean },
): z.input<typeof schemas.peer> {
  const height = peer.bestShare === null ? null : (view.tracker.main.get(peer.bestShare)?.height ?? null);
  return {
    address: isOperator || showPeers ? peer.address : null,
    direction: peer.direction,
    version: peer.version,
    protocolVersion: peer.protocolVersion,
    connectedAt: peer.connectedAt,
    bytesIn: peer.bytesIn,
    bytesOut: peer.bytesOut,
    bestShare: peer.bestShare,
    bestShareHeight: height,
    pingSeconds: peer.pingSeconds,
    points: isOperator ? peer.points : null,
    bufferedBytes: isOperator ? peer.bufferedBytes : null,
  };
}
