import { BoundedMap } from "../core/bounded.js";
import type { Logger } from "../platform/log.js";
import { type AddressKind, addressKey } from "./address.js";
import { LIMITS } from "./limits.js";
import { OFFENCES, type Offence } from "./offences.js";
import type { Peer } from "./peer.js";
import type { PeerId } from "./peer-context.js";
import type { Standing } from "./standing.js";

export interface ConductOptions {
  readonly standing: Standing;
  readonly log: Logger;
  readonly kindOf: (address: string) => AddressKind;
  /** All connections. */
  readonly connections: () => readonly Peer[];
}

/** Whose a connection was: an offence may come to light after its end. */
interface Origin {
  readonly address: string;
  readonly isFixed: boolean;
}

/**
 * Carries out what offences cost (spec/09 §4): points for the address, and at their end a ban, which closes all connections
 * from there. Fixed nodes and this machine are only disconnected.
 */
export class Conduct {
  private readonly options: ConductOptions;
  private readonly former = new BoundedMap<PeerId, Origin>(LIMITS.formerPeers);

  constructor(options: ConductOptions) {
    this.options = options;
  }

  /** The peer closes itself if the offence says so. */
  punish(peer: Peer, offence: Offence, detail: string): void {
    const { standing, log } = this.options;
    const { address } = peer;
    const isForeign = offence === "foreign-prefix" && standing.countForeign(address);
    const { points } = OFFENCES[isForeign ? "foreign-prefix-again" : offence];
    if (offence === "version-too-old") standing.discourage(address);
    log.debug({ peer: peer.id, address, offence, points, detail }, "a peer misbehaves");
    this.addPoints(peer, points);
  }

  /** Counts an offence that came to light later, of a connection that may be over. */
  punishLater(id: PeerId, offence: Offence, detail: string): void {
    const peer = this.find(id);
    const former = this.former.get(id);
    if (peer !== undefined) peer.offend(offence, detail);
    else if (former !== undefined) this.addPoints(former, OFFENCES[offence].points);
  }

  /** Takes points back that turned out undeserved, with the ban that they caused. */
  forgive(id: PeerId, points: number): void {
    const origin = this.origin(id);
    if (origin !== null) this.options.standing.forgive(origin.address, points);
  }

  /** Where a connection came from that may be over; null if that is forgotten. */
  origin(id: PeerId): Origin | null {
    return this.find(id) ?? this.former.get(id) ?? null;
  }

  closed({ id, address, isFixed }: Peer): void {
    this.former.set(id, { address, isFixed });
  }

  private find(id: PeerId): Peer | undefined {
    return this.options.connections().find((peer) => peer.id === id);
  }

  private addPoints({ address, isFixed }: Origin, points: number): void {
    const { standing, kindOf, connections, log } = this.options;
    if (points === 0 || !standing.punish(address, points)) return;
    const isExempt = isFixed || kindOf(address) === "loopback";
    if (isExempt) standing.pardon(address);
    else standing.ban(address);
    for (const peer of connections()) {
      // An operator's own node may share its address with somebody else: it goes only for what it did itself.
      if (addressKey(peer.address) === addressKey(address) && peer.isFixed === isFixed) peer.close("banned");
    }
    log.warn({ address, isExempt }, isExempt ? "a peer was disconnected" : "a peer was banned");
  }
}
