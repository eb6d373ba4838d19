import { BoundedMap, BoundedSet } from "../core/bounded.js";
import type { Share } from "../sharechain/share.js";
import { addressGroup } from "./address.js";
import type { Conduct } from "./conduct.js";
import { LIMITS } from "./limits.js";
import { OFFENCES, type Offence } from "./offences.js";
import type { Peer } from "./peer.js";
import type { PeerId } from "./peer-context.js";

interface Deliverer {
  readonly id: PeerId;
  readonly group: string;
  readonly isFixed: boolean;
  /** Points that this share cost it. */
  points: number;
}

/** One copy of a share, named by its digest, and who brought it. */
interface Delivery {
  readonly share: Share;
  readonly isAsked: boolean;
  readonly deliverers: Deliverer[];
}

/** Several peers believe in a share that fails here: either our verifier or theirs is wrong (spec/09 §4). */
export interface Disagreement {
  readonly share: Share;
  readonly peers: readonly PeerId[];
}

export interface DeliveriesOptions {
  readonly conduct: Conduct;
  readonly onDisagreement: (disagreement: Disagreement) => void;
}

/** Groups of peers from which on a share that fails is no longer held against them. */
const DISAGREEING_GROUPS = 3;

/**
 * Who brought which copy of which share, from its arrival until it is verified or refused: for points, for the other copies
 * of a share that turns out bad, and to notice when it is us who are wrong.
 */
export class Deliveries {
  private readonly options: DeliveriesOptions;
  private readonly byDigest = new BoundedMap<string, Delivery>(LIMITS.deliveries);
  private readonly rejected = new BoundedSet<string>(LIMITS.rejectedDigests);
  private readonly rejectedIds = new BoundedSet<string>(LIMITS.rejectedDigests);
  private readonly alternatives = new BoundedMap<string, Share[]>(LIMITS.alternativesTotal);
  /** Disagreements that were told. */
  private readonly told = new BoundedSet<string>(LIMITS.rejectedDigests);

  constructor(options: DeliveriesOptions) {
    this.options = options;
  }

  isRejected(digest: string): boolean {
    return this.rejected.has(digest);
  }

  /** Notes that a peer brought a copy that is held or about to be. */
  note(digest: string, share: Share, peer: Peer, isAsked: boolean): void {
    if (this.byDigest.has(digest)) this.repeat(digest, peer);
    else this.byDigest.set(digest, { share, isAsked, deliverers: [delivererOf(peer)] });
  }

  /** The same copy again; for one that was refused it counts as a vote for it. */
  repeat(digest: string, peer: Peer): void {
    const delivery = this.byDigest.get(digest);
    const isNew = delivery !== undefined && !delivery.deliverers.some(({ id }) => id === peer.id);
    if (!isNew || delivery.deliverers.length > 2 * DISAGREEING_GROUPS) return;
    delivery.deliverers.push(delivererOf(peer));
    if (this.rejected.has(digest)) this.checkDisagreement(digest, delivery);
  }

  /** Keeps another copy of a share that is held and not verified. */
  keep(share: Share): void {
    const others = this.alternatives.get(share.id) ?? [];
    if (others.length < LIMITS.alternatives - 1) this.alternatives.set(share.id, [...others, share]);
  }

  /** A copy was verified: who brought it matters no more, the others are of no use, and what stands on it stands on a good one. */
  verified(id: string, digest: string): void {
    this.byDigest.delete(digest);
    this.rejectedIds.delete(id);
    this.alternatives.delete(id);
  }

  /**
   * A copy failed for good. Charges who brought it; returns the copies that may take its place. To be called for a parent
   * before its children: a share on a bad copy may be good on another, so it is neither held against anybody nor remembered
   * (spec/06 §7.4).
   */
  refused(digest: string, share: Share, reason: string): readonly Share[] {
    const isOrphaned = share.parentId !== null && this.rejectedIds.has(share.parentId);
    this.rejectedIds.add(share.id);
    if (!isOrphaned) this.rejected.add(digest);
    const delivery = this.byDigest.get(digest);
    if (delivery !== undefined && !isOrphaned && !this.checkDisagreement(digest, delivery)) {
      const offence: Offence = delivery.isAsked ? "share-invalid-on-request" : "share-invalid";
      const first = delivery.deliverers[0]!;
      first.points = OFFENCES[offence].points;
      this.options.conduct.punishLater(first.id, offence, reason);
    }
    const others = this.alternatives.get(share.id) ?? [];
    this.alternatives.delete(share.id);
    return others;
  }

  /** True if so many believe in the share that nobody is charged for it. */
  private checkDisagreement(digest: string, { share, deliverers }: Delivery): boolean {
    const groups = new Set(deliverers.map(({ group }) => group));
    if (groups.size < DISAGREEING_GROUPS && !deliverers.some(({ isFixed }) => isFixed)) return false;
    for (const deliverer of deliverers) {
      if (deliverer.points > 0) this.options.conduct.forgive(deliverer.id, deliverer.points);
      deliverer.points = 0;
    }
    if (this.told.has(digest)) return true;
    this.told.add(digest);
    this.options.onDisagreement({ share, peers: deliverers.map(({ id }) => id) });
    return true;
  }
}

function delivererOf({ id, address, isFixed }: Peer): Deliverer {
  return { id, group: addressGroup(address), isFixed, points: 0 };
}
