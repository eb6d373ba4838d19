import type { z } from "zod";
import type { GentxSource } from "../gentx-source.js";
import type { NodeView } from "../view.js";
import type { MinerTables } from "./describe-miners.js";

export type ApiErrorCode =
  | "bad_request"
  | "forbidden"
  | "internal"
  | "method_not_allowed"
  | "not_found"
  | "not_ready"
  | "rate_limited"
  | "stale_cursor";

export const ERROR_STATUS = {
  bad_request: 400,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  stale_cursor: 410,
  rate_limited: 429,
  internal: 500,
  not_ready: 503,
} as const satisfies Readonly<Record<ApiErrorCode, number>>;

/** A request that cannot be answered as asked; becomes `{error: {code, message}}`. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ApiContext {
  readonly view: NodeView;
  readonly gentxs: GentxSource;
  readonly miners: MinerTables;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
  /** Whether whoever asks may see what only operators may. */
  readonly isOperator: boolean;
}

type Shape = z.ZodObject;

/** One resource of the API: what validates a request and what describes the reply are the same schemas (spec/12 D.6). */
export interface Resource {
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly query: Shape;
  readonly params: Shape;
  /** Schema of the reply; null for bytes. */
  readonly reply: z.ZodType | null;
  readonly operatorOnly: boolean;
  /** Whether it is also given as CSV: a list, or a series. */
  readonly isTable: boolean;
  /** Milliseconds that a reply may be old, 0 for a live one; operators and others do not share one. */
  readonly cacheMs: number;
  /** A promise where it is live. */
  readonly get: (context: ApiContext, query: unknown, params: unknown) => unknown;
}

export interface ResourceOptions<Query extends Shape, Params extends Shape, Reply extends z.ZodType> {
  readonly path: string;
  readonly summary: string;
  readonly query: Query;
  readonly params: Params;
  readonly reply: Reply;
  readonly operatorOnly?: boolean;
  readonly cacheMs?: number;
  readonly get: (context: ApiContext, query: z.output<Query>, params: z.output<Params>) => z.input<Reply>;
}

/** One that has to ask around for its answer, which is made anew for everyone. */
export function liveResource<Query extends Shape, Params extends Shape, Reply extends z.ZodType>(
  options: Omit<ResourceOptions<Query, Params, Reply>, "cacheMs" | "get"> & {
    readonly get: (context: ApiContext, query: z.output<Query>, params: z.output<Params>) => Promise<z.input<Reply>>;
  },
): Resource {
  const { operatorOnly = false, get } = options;
  return { ...options, operatorOnly, cacheMs: 0, isTable: isTable(options.reply), get: get as Resource["get"] };
}

const CACHE_MS = 1000;

/** Checks at compile time that what is answered fits the schema. */
export function resource<Query extends Shape, Params extends Shape, Reply extends z.ZodType>(
  options: ResourceOptions<Query, Params, Reply>,
): Resource {
  const { operatorOnly = false, cacheMs = CACHE_MS, get } = options;
  return { ...options, operatorOnly, cacheMs, isTable: isTable(options.reply), get: get as Resource["get"] };
}

function isTable(reply: z.ZodType): boolean {
  const shape = (reply as Partial<z.ZodObject>).shape ?? {};
  return "items" in shape || "t" in shape;
}
