import { addressKey } from "./address.js";
import type { Hello } from "./hello.js";
import type { Offence } from "./offences.js";
import type { Peer } from "./peer.js";

/** Two connections with one node that begin within this time may have crossed: both sides then keep the same one. */
const CROSSED_MS = 5_000;

/**
 * Checks of a greeting in their order (spec/06 §5.2): version, ourselves, a second connection of the same node. Null accepts
 * it; where two connections have crossed and this is the one to keep, the other is closed.
 */
export function judgeGreeting(
  peer: Peer,
  hello: Hello,
  { connections, minimumVersion }: { readonly connections: readonly Peer[]; readonly minimumVersion: number },
): Offence | null {
  if (hello.version < minimumVersion) return "version-too-old";
  if (connections.some(({ nonce }) => nonce === hello.nonce)) return "self-connection";
  for (const other of connections) {
    // The same nonce from elsewhere is kept: refusing it would let anybody shut out whom he likes (spec/06 §5.3).
    if (other.hello?.nonce !== hello.nonce || addressKey(other.address) !== addressKey(peer.address)) continue;
    const hasCrossed = other.direction !== peer.direction && other.ageMs < CROSSED_MS;
    const kept = peer.nonce < hello.nonce ? "outgoing" : "incoming";
    if (!hasCrossed || peer.direction !== kept) return "duplicate";
    other.close("duplicate");
  }
  return null;
}
