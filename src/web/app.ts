import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { Histogram } from "../core/histogram.js";
import type { Random } from "../core/random.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { addressOf } from "../platform/socket-address.js";
import { Access } from "./access.js";
import { MinerTables } from "./api/describe-miners.js";
import { status } from "./api/overview.js";
import { ApiError } from "./api/resource.js";
import { createApi, errorResponse } from "./api/routes.js";
import { addBlockNotify } from "./block-notify.js";
import { addClassicRoutes, CLASSIC_ERROR } from "./classic/routes.js";
import { EventFeed } from "./event-feed.js";
import { EventHub } from "./events.js";
import { GentxSource } from "./gentx-source.js";
import { failingChecks } from "./health.js";
import { renderMetrics } from "./metrics.js";
import { ReplyCache } from "./replies.js";
import { addStaticRoutes } from "./static.js";
import type { NodeView } from "./view.js";

export interface WebOptions {
  readonly view: NodeView;
  /** Told of a new block by a daemon's hook; false if it was known. */
  readonly blockNotify?: (hash: string) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** For what only operators may see; null lets this machine. */
  readonly password: string | null;
  /** Folder of another front-end; null for the built-in one. */
  readonly staticDir: string | null;
}

/** For everything but pages, which have their own. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache",
};
/** A stranger chooses it. */
const MAX_LOGGED_PATH = 200;
/** Longer ones are refused (spec/09 §9). */
const MAX_URL = 2048;
const ALLOWED = "GET, HEAD, OPTIONS";
const EVENTS_PATH = "/api/v1/events";

type Env = { Bindings: HttpBindings };

/**
 * The web side, read-only but for a daemon's hook: classic endpoints, `/api/v1` with its event stream, metrics, health and pages, as a listener for a
 * `node:http` server.
 *
 * Life: answers from the start; events flow from `start` to `stop`, which closes the streams.
 */
export class WebSide {
  readonly feed: EventFeed;
  readonly listener: RequestListener;
  private readonly options: WebOptions;
  private readonly access: Access;
  private readonly hub: EventHub;
  private readonly loopDelay: IntervalHistogram;
  /** Requests by route pattern and status. */
  private readonly requests = new Map<string, number>();
  private readonly requestSeconds = new Map<string, Histogram>();

  constructor(options: WebOptions) {
    this.options = options;
    const { view, clock, random } = options;
    const nowMs = (): number => clock.monotonicMs();
    const now = (): number => clock.now();
    const cache = new ReplyCache(nowMs);
    const gentxs = new GentxSource({ tracker: view.tracker, nowMs });
    const miners = new MinerTables({ view, now, monotonicMs: nowMs });
    const context = { view, gentxs, miners, now, monotonicMs: nowMs, isOperator: false };
    this.access = new Access({ password: options.password, nowMs });
    this.hub = new EventHub({ clock, random, version: view.version, status: () => status(context) });
    this.feed = new EventFeed({ hub: this.hub, context, cache, clock, showPeers: true });
    this.loopDelay = monitorEventLoopDelay({ resolution: 20 });
    const answer = getRequestListener(this.createApp(cache, gentxs, miners).fetch, { overrideGlobalObjects: false });
    this.listener = (request, response) => {
      if (!this.mayAsk(request, response)) return;
      if (isEventRequest(request)) this.hub.attach(request, response, addressOf(request.socket));
      else void answer(request, response);
    };
  }

  start(): void {
    this.loopDelay.enable();
    this.hub.start();
    this.feed.start();
  }

  stop(): void {
    this.loopDelay.disable();
    this.feed.stop();
    this.hub.stop();
  }

  /** Refuses what is too long or comes too often before anything else looks at it. */
  private mayAsk(request: IncomingMessage, response: ServerResponse): boolean {
    const isTooLong = (request.url ?? "").length > MAX_URL;
    if (!isTooLong && this.access.mayAsk(request)) return true;
    const [code, error] = isTooLong ? ([414, "bad_request"] as const) : ([429, "rate_limited"] as const);
    const headers = { "Content-Type": "application/json", "Access-Control-Allow-Origin": "*", "Retry-After": "5" };
    response.writeHead(code, headers);
    response.end(
      JSON.stringify({ error: { code: error, message: isTooLong ? "The URL is too long." : "Slow down." } }),
    );
    return false;
  }

  private createApp(cache: ReplyCache, gentxs: GentxSource, miners: MinerTables): Hono<Env> {
    const { view, clock, log, random, staticDir } = this.options;
    const now = (): number => clock.now();
    const app = new Hono<Env>();
    app.use(async (context, next) => {
      const startedMs = clock.monotonicMs();
      await next();
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
        if (!context.res.headers.has(name)) context.header(name, value);
      }
      // For dashboards on other hosts; nothing here is secret and nothing is sent with credentials.
      context.header("Access-Control-Allow-Origin", "*");
      context.header("Access-Control-Expose-Headers", "ETag, Retry-After");
      this.count(context, (clock.monotonicMs() - startedMs) / 1000);
    });
    const classic = addClassicRoutes(app as unknown as Hono, { view, gentxs, random, now }, cache);
    app.route(
      "/api/v1",
      createApi({
        view,
        gentxs,
        miners,
        cache,
        now,
        monotonicMs: () => clock.monotonicMs(),
        isOperator: (context) => this.access.isOperator((context as unknown as Context<Env>).env.incoming),
      }),
    );
    app.get("/metrics", (context) =>
      context.text(this.metrics(), 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" }),
    );
    app.get("/healthz", (context) => context.text("ok"));
    app.get("/readyz", (context) => {
      const failing = failingChecks(view, now());
      return failing.length === 0 ? context.text("ok") : context.json({ failing }, 503);
    });
    app.get("/login", (context) => this.logIn(context));
    addStaticRoutes(app as unknown as Hono, staticDir);
    this.addRefusals(app, classic, log);
    const { blockNotify } = this.options;
    if (blockNotify !== undefined) addBlockNotify(app, { blockNotify, clock });
    return app;
  }

  private addRefusals(app: Hono<Env>, classic: readonly string[], log: Logger): void {
    const paths = new Set(app.routes.filter(({ method }) => method === "GET").map((route) => route.path));
    for (const path of paths) {
      app.options(path, (context) =>
        context.body(null, 204, {
          Allow: ALLOWED,
          "Access-Control-Allow-Methods": ALLOWED,
          "Access-Control-Allow-Headers": "Authorization, Last-Event-ID, If-None-Match",
        }),
      );
      app.all(path, (context) => {
        context.header("Allow", ALLOWED);
        return errorResponse(context, "method_not_allowed", "Only GET, HEAD and OPTIONS are answered.");
      });
    }
    app.notFound((context) => errorResponse(context, "not_found", "There is nothing here."));
    app.onError((error, context) => {
      if (error instanceof ApiError) return errorResponse(context, error.code, error.message);
      const { path } = context.req;
      log.error({ err: error, path: path.slice(0, MAX_LOGGED_PATH) }, "a web request failed");
      if (classic.some((pattern) => path.startsWith(pattern.split("/:")[0]!))) return context.text(CLASSIC_ERROR, 500);
      return errorResponse(context, "internal", "The node could not answer; its log says why.");
    });
  }

  /** Makes browsers ask for the password; they send it with every request from then on. */
  private logIn(context: Context<Env>): Response {
    if (this.access.isOperator(context.env.incoming)) return context.redirect("/static/");
    context.header("WWW-Authenticate", 'Basic realm="P2Pool operator", charset="UTF-8"');
    return context.json({ error: { code: "forbidden", message: "The operator's password is needed." } }, 401);
  }

  private metrics(): string {
    const { view, clock } = this.options;
    const counts = {
      requests: this.requests,
      requestSeconds: this.requestSeconds,
      subscribers: this.hub.count,
      droppedStreams: this.hub.dropped,
      loopDelaySeconds: this.loopDelay.percentile(99) / 1e9,
    };
    return renderMetrics(view, counts, clock.now());
  }

  /** By pattern, never by the path that a stranger chose. */
  private count(context: Context<Env>, seconds: number): void {
    const pattern = context.req.matchedRoutes.findLast(({ path }) => path !== "/*" && path !== "*")?.path ?? "none";
    const key = `${pattern} ${context.res.status}`;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
    let times = this.requestSeconds.get(pattern);
    if (times === undefined) {
      times = new Histogram();
      this.requestSeconds.set(pattern, times);
    }
    times.observe(seconds);
  }
}

function isEventRequest({ method, url = "" }: IncomingMessage): boolean {
  const isPath = url === EVENTS_PATH || url.startsWith(`${EVENTS_PATH}?`);
  return isPath && (method === "GET" || method === "HEAD");
}
