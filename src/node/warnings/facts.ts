import type { PoolNetwork } from "../../networks/index.js";
import type { UnknownShares } from "../../peers/unknown-shares.js";
import type { MachineState } from "../../platform/machine.js";
import type { ChainFigures } from "../../stats/chain-figures.js";
import type { LuckOf } from "../../stats/luck.js";
import type { Warning } from "../../web/view.js";

/** What a rule has to say; the watch adds since when. */
export type Found = Omit<Warning, "sinceAt">;
export type Rule = (facts: WarningFacts) => Found | null | readonly Found[];

/** What warnings are made from. Times are seconds since 1970, amounts of time seconds. */
export interface WarningFacts {
  readonly now: number;
  readonly startedAt: number;
  readonly network: Pick<PoolNetwork, "chainLength" | "coin" | "persist" | "sharePeriod">;
  readonly daemon: DaemonFacts;
  readonly clock: ClockFacts;
  readonly chain: ChainFacts;
  /** Null for a pool of one. */
  readonly peers: PeerFacts | null;
  readonly mining: MiningFacts;
  readonly machine: MachineFacts;
}

export interface DaemonFacts {
  readonly warnings: readonly string[];
  /** Where the network wants a newer one; null otherwise. */
  readonly upgradeTo: string | null;
  /** Since it last gave a template, or the node began to wait for one; by a clock that does not step. */
  readonly secondsWithoutTemplate: number;
  /** Since when there is no connection by the coin's P2P protocol; null while there is one, or none is wanted. */
  readonly p2pDownSince: number | null;
  /** Of the template: weight that the generation transaction may have. Null while there is no template. */
  readonly weightLeft: number | null;
}

interface ClockFacts {
  /** Seconds that others are ahead of us, where most differ; null while nobody can be compared with. */
  readonly difference: number | null;
  /** Whether two kinds of sources agree that our clock is wrong. */
  readonly isWrong: boolean;
}

export interface ChainFacts {
  readonly figures: Pick<ChainFigures, "best" | "recent" | "hour" | "users" | "votes">;
  /** When the best chain last got a share of somebody else; null if not since the start. */
  readonly foreignShareAt: number | null;
  /** Own shares in a row at its end. */
  readonly ownInARow: number;
  /** Since when most peers stand on another chain; null while they do not. */
  readonly differsSince: number | null;
}

export interface PeerFacts {
  readonly count: number;
  /** Different groups of addresses that they are from. */
  readonly groups: number;
  /** When somebody last connected to us; null if nobody has since the start. */
  readonly lastIncomingAt: number | null;
  /** Whether others are told where this node is. */
  readonly isAdvertised: boolean;
  /** Null while the port is not bound. */
  readonly boundPort: number | null;
  /** Peers that sent shares of their own accord lately, and how many shares of others came in that time. */
  readonly tellers: number;
  readonly sharesTold: number;
  /** Shares of a version that this program does not know: the newest one, and who sent any in the last hour. */
  readonly unknownShares: UnknownShares | null;
  /** Bans of the last ten minutes. */
  readonly recentBans: number;
  /** Lowest protocol version that is spoken to has risen to this one; null if it has not. */
  readonly raisedProtocol: number | null;
}

export interface MiningFacts {
  /** Bytes of the generation transaction of the last verified share; null before the first. */
  readonly gentxBytes: number | null;
  readonly gentxWeight: number | null;
  /** Kinds of connected miners whose jobs are longer than they can work with, and whether any is connected at all. */
  readonly tooLong: readonly { readonly device: string; readonly bytes: number; readonly workers: number }[];
  readonly workers: number;
  readonly own: { readonly total: number; readonly stale: number };
  /** Of the whole pool, and of the addresses with the most work. */
  readonly luck: readonly LuckOf[];
  /** Newest block of ours that the daemon refused, with its word; null if there is none within a day. */
  readonly rejectedBlock: { readonly hash: string; readonly reason: string | null } | null;
}

export interface MachineFacts extends MachineState {
  /** Why nothing can be stored; null if all is well. */
  readonly storeFailure: string | null;
  /** That the disk has been silent about what was written to it. */
  readonly slowWriteSeconds: number;
  /** Longest that the event loop was held up in the last ten minutes. */
  readonly longestPause: number;
}
