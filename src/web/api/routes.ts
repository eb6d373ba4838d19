import { type Context, Hono } from "hono";
import type { z } from "zod";
import type { GentxSource } from "../gentx-source.js";
import { makeReply, type Reply, type ReplyCache, send } from "../replies.js";
import type { NodeView } from "../view.js";
import { connectionResources } from "./connections.js";
import { toCsv } from "./csv.js";
import type { MinerTables } from "./describe-miners.js";
import { listResources, payeeResources } from "./lists.js";
import { mergedResources } from "./merged.js";
import { openApi } from "./openapi.js";
import { overviewResources } from "./overview.js";
import { type ApiContext, ApiError, ERROR_STATUS, type Resource } from "./resource.js";
import { seriesResources } from "./series.js";
import { shareResources } from "./shares.js";

export interface ApiOptions {
  readonly view: NodeView;
  readonly gentxs: GentxSource;
  readonly miners: MinerTables;
  readonly cache: ReplyCache;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly isOperator: (context: Context) => boolean;
}

export function apiResources(): readonly Resource[] {
  return [
    ...overviewResources,
    ...payeeResources(),
    ...listResources,
    ...connectionResources,
    ...mergedResources,
    ...shareResources,
    ...seriesResources,
  ];
}

/** The routes below `/api/v1`. */
export function createApi(options: ApiOptions): Hono {
  const resources = apiResources();
  const api = new Hono();
  const description = makeReply(200, "application/json", JSON.stringify(openApi(resources, options.view.version)));
  api.get("/openapi.json", (context) => send(context, description));
  for (const resource of resources) {
    api.get(resource.path.replace(/\{(\w+)\}/g, ":$1"), (context) => answer(resource, options, context));
  }
  return api;
}

async function answer(resource: Resource, options: ApiOptions, context: Context): Promise<Response> {
  const isOperator = options.isOperator(context);
  if (resource.operatorOnly && !isOperator) {
    throw new ApiError("forbidden", "Only the operator of this node may see this.");
  }
  const params = validate(resource.params, context.req.param());
  const { format, ...asked } = singles(context);
  const isCsv = format !== undefined;
  if (isCsv && (format !== "csv" || !resource.isTable)) {
    throw new ApiError("bad_request", "format: there is csv, of lists and series.");
  }
  const query = validate(resource.query, asked);
  const key = `${resource.path} ${isOperator ? 1 : 0} ${isCsv ? "csv" : ""} ${text(params)} ${text(query)}`;
  const { view, gentxs, miners, now, monotonicMs } = options;
  const api: ApiContext = { view, gentxs, miners, now, monotonicMs, isOperator };
  const reply =
    resource.cacheMs > 0
      ? options.cache.get(key, resource.cacheMs, () => render(resource, resource.get(api, query, params), isCsv))
      : render(resource, await resource.get(api, query, params), isCsv);
  return send(context, reply, isOperator ? "no-cache, private" : "no-cache");
}

function render(resource: Resource, data: unknown, isCsv: boolean): Reply {
  if (isCsv) return makeReply(200, "text/csv; charset=utf-8", toCsv(data));
  if (resource.reply === null) return makeReply(200, "application/octet-stream", data as Uint8Array);
  return makeReply(200, "application/json", JSON.stringify(data, finiteOrNull));
}

/** JSON has no infinity; what cannot be told is null. */
function finiteOrNull(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
}

/** A member given twice is a mistake of whoever asks. */
function singles(context: Context): Record<string, string> {
  const all = context.req.queries();
  return Object.fromEntries(
    Object.entries(all).map(([name, values]) => {
      if (values.length > 1) throw new ApiError("bad_request", `${name.slice(0, 40)} was given more than once.`);
      return [name, values[0]!];
    }),
  );
}

function validate(shape: z.ZodObject, value: unknown): unknown {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = issue.path.join(".");
  throw new ApiError("bad_request", `${where === "" ? "" : `${where}: `}${issue.message}`.slice(0, 200));
}

/** An error as the API tells it. */
export function errorResponse(context: Context, code: ApiError["code"], message: string): Response {
  if (code === "rate_limited" || code === "not_ready") context.header("Retry-After", "5");
  return context.json({ error: { code, message } }, ERROR_STATUS[code]);
}
