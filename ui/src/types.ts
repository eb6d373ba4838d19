import type { z } from "zod";
import type { EVENT_SCHEMAS, EventType } from "../../src/web/api/event-schemas.js";
import type * as schemas from "../../src/web/api/schemas.js";

/** The API's types, from the schemas that the node validates by; nothing of them is in the page. */
export type Info = z.output<typeof schemas.info>;
export type Status = z.output<typeof schemas.status>;
export type Pool = z.output<typeof schemas.pool>;
export type PoolUser = z.output<typeof schemas.poolUser>;
export type Versions = z.output<typeof schemas.versions>;
export type Payouts = z.output<typeof schemas.payouts>;
export type ShareItem = z.output<typeof schemas.shareItem>;
export type ShareDetail = z.output<typeof schemas.shareDetail>;
export type Tree = z.output<typeof schemas.tree>;
export type Block = z.output<typeof schemas.block>;
export type MinerItem = z.output<typeof schemas.minerItem>;
export type Miner = z.output<typeof schemas.miner>;
export type Stratum = z.output<typeof schemas.stratum>;
export type Peer = z.output<typeof schemas.peer>;
export type Daemon = z.output<typeof schemas.daemon>;
export type MergedChain = z.output<typeof schemas.mergedChain>;
export type MergedBlock = z.output<typeof schemas.mergedBlock>;
export type Warning = z.output<typeof schemas.warning>;
export type Series = z.output<typeof schemas.series>;
export type Validation = z.output<typeof schemas.validation>;
export interface Page<T> {
  items: T[];
  readonly count: number;
  readonly nextCursor: string | null;
}

export type { EventType };
export type EventOf<T extends EventType> = z.output<(typeof EVENT_SCHEMAS)[T]>;
