import { z } from "zod";
import * as schemas from "./schemas.js";

/** What each type of event carries: the whole object of the matching resource, never a difference (spec/12 D.3). */
export const EVENT_SCHEMAS = {
  hello: z.object({ instance: z.string(), version: z.string(), at: z.number() }),
  reset: z.object({}),
  status: schemas.status,
  tip: z.object({
    hash: schemas.hash,
    height: z.int(),
    difficulty: z.number(),
    address: z.string(),
    depth: z.int().describe("shares of the former best chain that are not in this one"),
  }),
  share: schemas.shareItem,
  block: schemas.block,
  job: z.object({
    reason: z.enum(["block", "refresh", "tip"]),
    parent: schemas.hash.nullable(),
    valueSat: z.string(),
  }),
  miners: z.object({ items: z.array(schemas.minerItem), gone: z.array(z.string()) }),
  miner: z.object({
    address: z.string(),
    worker: z.string().nullable(),
    change: z.enum(["connected", "disconnected"]),
  }),
  pseudoshare: z.object({
    username: z.string(),
    difficulty: z.number(),
    result: z.enum(["accepted", "duplicate", "invalid", "low", "stale"]),
  }),
  point: z.object({
    name: z.string(),
    view: z.string(),
    t: z.number(),
    openSeconds: z.number().nullable().describe("null once the bin is closed"),
    values: z.record(z.string(), z.number().nullable()),
  }),
  peer: schemas.peer.extend({ change: z.enum(["connected", "disconnected"]) }),
  warning: schemas.warning.extend({ cleared: z.boolean() }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type EventType = keyof typeof EVENT_SCHEMAS;
export type EventData<T extends EventType> = z.input<(typeof EVENT_SCHEMAS)[T]>;
export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as EventType[];

/** Kept for who comes back with the id of the last event it had; the others are repeated soon anyway. */
export const RESUMED: ReadonlySet<EventType> = new Set(["tip", "share", "block", "miner", "peer", "warning"]);
