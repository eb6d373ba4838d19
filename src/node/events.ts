import type { PoolBlock } from "../stats/pool-blocks.js";
import type { BlockRecord } from "./block-record.js";
import type { SyncStatus } from "./sync-progress.js";

/** What happens in a node, for whoever shows it. Plain data; amounts in satoshi, times in seconds since 1970. */
export type NodeEvent =
  | { readonly type: "loaded"; readonly shares: number; readonly verified: number }
  | ({ readonly type: "sync" } & SyncStatus)
  | { readonly type: "synced"; readonly shares: number; readonly verified: number }
  | {
      readonly type: "template";
      readonly height: number;
      readonly previousBlock: string;
      readonly transactions: number;
    }
  | {
      readonly type: "share";
      readonly id: string;
      readonly parent: string | null;
      /** Shares from it down to the chain's start; null if it was not added. */
      readonly height: number | null;
      readonly address: string;
      readonly worker: string;
      /** Expected hashes to find it. */
      readonly work: bigint;
      /** In 1/65535. */
      readonly donation: number;
      readonly difficulty: number;
      readonly onTime: boolean;
      readonly isBlock: boolean;
    }
  | {
      /** A block of another chain that is mined along; its hash is that chain's. */
      readonly type: "merged-found";
      readonly chainId: number;
      readonly hash: string;
      readonly worker: string;
    }
  | {
      readonly type: "merged-judged";
      readonly chainId: number;
      readonly hash: string;
      readonly worker: string;
      /** Null if the chain's daemon could not be reached. */
      readonly accepted: boolean | null;
      /** The chain had gone on meanwhile. */
      readonly isLate: boolean;
      /** The daemon's word, if it had one. */
      readonly reason: string | null;
    }
  | { readonly type: "share-refused"; readonly id: string; readonly reason: string }
  | { readonly type: "tip"; readonly id: string; readonly height: number }
  | {
      /** Something that the operator should know is so, or is over. */
      readonly type: "warning";
      readonly id: string;
      readonly severity: "error" | "info" | "warning";
      readonly text: string;
      readonly sinceAt: number;
      readonly isOver: boolean;
    }
  | ({ readonly type: "block-found" } & BlockRecord)
  /** A first daemon has accepted it, or, as long as none has, refused it. */
  | ({ readonly type: "block-judged" } & BlockRecord)
  /** The pool has found a block, here or elsewhere: its share was verified. */
  | ({ readonly type: "pool-block" } & PoolBlock)
  /** It left the best chain, came back to it, or is so deep in it that it stays. */
  | ({ readonly type: "block-fate" } & BlockRecord);
