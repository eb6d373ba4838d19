import type { RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Random } from "../core/random.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { addClassicRoutes, CLASSIC_ERROR } from "./classic/routes.js";
import { GentxSource } from "./gentx-source.js";
import { renderPage } from "./page.js";
import { ReplyCache } from "./replies.js";
import { type NodeStatus, statusToJson } from "./status.js";
import { STYLE } from "./style.js";
import type { NodeView } from "./view.js";

export interface WebOptions {
  readonly view: NodeView;
  readonly random: Random;
  /** The node's figures; called at most once a second, however many ask (spec/12 D.7). */
  readonly status: () => NodeStatus;
  readonly clock: Clock;
  readonly log: Logger;
}

const CACHE_MS = 1000;
/** Nothing but our own style sheet; the page has no script and no form (spec/09 §9). */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache",
};
/** A stranger chooses it. */
const MAX_LOGGED_PATH = 200;
const ALLOWED = "GET, HEAD, OPTIONS";

/** The read-only web side: a listener for a `node:http` server. It holds nothing that would have to be stopped. */
export function createWebListener(options: WebOptions): RequestListener {
  const { view, clock, log, random } = options;
  const status = cached(options);
  const nowMs = (): number => clock.monotonicMs();
  const cache = new ReplyCache(nowMs);
  const gentxs = new GentxSource({ tracker: view.tracker, nowMs });
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!context.res.headers.has(name)) context.header(name, value);
    }
    // For dashboards on other hosts; nothing here is secret and nothing is sent with credentials.
    context.header("Access-Control-Allow-Origin", "*");
    context.header("Access-Control-Expose-Headers", "ETag, Retry-After");
  });
  app.get("/", (context) => context.html(renderPage(status(), clock.now())));
  app.get("/style.css", (context) => context.body(STYLE, 200, { "Content-Type": "text/css; charset=utf-8" }));
  app.get("/api/v1/status", (context) =>
    context.body(statusToJson(status(), clock.now()), 200, { "Content-Type": "application/json; charset=utf-8" }),
  );
  const classic = addClassicRoutes(app, { view, gentxs, random, now: () => clock.now() }, cache);
  for (const path of app.routes.filter(({ method }) => method === "GET").map((route) => route.path)) {
    app.options(path, (context) =>
      context.body(null, 204, { Allow: ALLOWED, "Access-Control-Allow-Methods": ALLOWED }),
    );
    app.all(path, (context) => failure(context, 405, "method_not_allowed", "Only GET, HEAD and OPTIONS are answered."));
  }
  app.notFound((context) => failure(context, 404, "not_found", "There is nothing here."));
  app.onError((error, context) => {
    const { path } = context.req;
    log.error({ err: error, path: path.slice(0, MAX_LOGGED_PATH) }, "a web request failed");
    if (classic.some((pattern) => path.startsWith(pattern.split("/:")[0]!))) return context.text(CLASSIC_ERROR, 500);
    return failure(context, 500, "internal", "The node could not answer; its log says why.");
  });
  return getRequestListener(app.fetch, { overrideGlobalObjects: false });
}

function failure(context: Context, status: 404 | 405 | 500, code: string, message: string): Response {
  if (status === 405) context.header("Allow", ALLOWED);
  return context.json({ error: { code, message } }, status);
}

function cached({ clock, status }: WebOptions): () => NodeStatus {
  let last: { readonly value: NodeStatus; readonly atMs: number } | null = null;
  return () => {
    const nowMs = clock.monotonicMs();
    if (last === null || nowMs - last.atMs >= CACHE_MS) last = { value: status(), atMs: nowMs };
    return last.value;
  };
}
