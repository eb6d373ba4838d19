import { setMaxListeners } from "node:events";
import { inspect } from "node:util";
import type { Random } from "../../core/random.js";
import { type Clock, sleep } from "../../platform/clock.js";
import { CallTimes } from "./call-times.js";
import type { Credentials } from "./credentials.js";
import type { RpcEndpoint } from "./endpoint.js";
import {
  AuthError,
  BusyError,
  ConnectionError,
  HttpError,
  ProtocolError,
  type RpcCallContext,
  RpcClientError,
  type RpcClientErrorCode,
  TimeoutError,
} from "./errors.js";
import type { HealthTracker } from "./health.js";
import { post } from "./http-post.js";
import { closeIdle, type Lane, type LaneName, priorityOf } from "./lanes.js";
import type { HttpReply } from "./reply.js";
import { backoffMs } from "./retry.js";

/** For metrics; called for every HTTP request that leaves, repetitions included. */
export interface RpcHooks {
  readonly onRequest?: (request: { readonly method: string; readonly bytes: number }) => void;
  readonly onResponse?: (response: {
    readonly method: string;
    readonly durationMs: number;
    /** Of the answer's body; 0 without one. */
    readonly bytes: number;
    readonly outcome: RpcClientErrorCode | "aborted" | "ok";
  }) => void;
}

export interface RpcChannelOptions {
  readonly endpoint: RpcEndpoint;
  readonly credentials: Credentials;
  readonly lanes: Readonly<Record<LaneName, Lane>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly health: HealthTracker;
  readonly hooks: RpcHooks;
  readonly maxResponseBytes: number;
  readonly connectTimeoutMs: number;
}

/** One request to the daemon and what is made of its answer. */
export interface Exchange<T> {
  /** For errors and priorities. */
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly lane: LaneName;
  readonly idempotent: boolean;
  /** Of one attempt, waiting for a connection included. */
  readonly timeoutMs: number;
  /** Repetitions after errors that may pass, of idempotent calls only. */
  readonly retries: number;
  readonly signal?: AbortSignal | undefined;
  readonly interpret: (reply: HttpReply, context: RpcCallContext) => T | Promise<T>;
}

/**
 * Carries requests to one daemon (spec/14 §2, §3, §10): a few connections, credentials, time-outs, repetitions where they can
 * help and do no harm. No state but open connections, the cookie and the health.
 */
export class RpcChannel {
  readonly endpoint: RpcEndpoint;
  readonly health: HealthTracker;
  readonly times: CallTimes;
  private readonly options: RpcChannelOptions;
  private readonly closing = new AbortController();
  private lastId = 0;

  constructor(options: RpcChannelOptions) {
    this.options = options;
    // Each call waits for it; the gates bound how many there are.
    setMaxListeners(0, this.closing.signal);
    this.endpoint = options.endpoint;
    this.health = options.health;
    this.times = new CallTimes();
  }

  /** Unique for this channel. */
  nextId(): number {
    this.lastId = this.lastId >= Number.MAX_SAFE_INTEGER ? 1 : this.lastId + 1;
    return this.lastId;
  }

  /** Ends all calls and connections; no more are made. */
  close(): void {
    this.closing.abort();
    for (const { agent } of Object.values(this.options.lanes)) agent.destroy();
  }

  /** For errors of a call that begins now. */
  startContext(method: string): () => RpcCallContext {
    const { clock } = this.options;
    const started = clock.monotonicMs();
    return () => ({
      method,
      endpoint: this.endpoint.text,
      durationMs: Math.round(clock.monotonicMs() - started),
    });
  }

  /** @throws RpcClientError, the signal's reason */
  async send<T>(exchange: Exchange<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(exchange);
      } catch (error) {
        const mayPass = error instanceof RpcClientError && error.retryable && exchange.idempotent;
        if (!mayPass || attempt > exchange.retries || this.closing.signal.aborted) throw error;
      }
      const pause = backoffMs(attempt, this.options.random);
      await sleep(this.options.clock, pause, exchange.signal);
      exchange.signal?.throwIfAborted();
    }
  }

  /** Waits for a connection and uses it, within the time-out. */
  private async attempt<T>(exchange: Exchange<T>): Promise<T> {
    const { method, timeoutMs, signal } = exchange;
    const { clock, lanes } = this.options;
    const context = this.startContext(method);
    const limit = new AbortController();
    const end = (reason: unknown): void => limit.abort(reason);
    const timer = clock.after(timeoutMs, () => {
      end(new TimeoutError(`no answer within ${timeoutMs} ms`, { ...context(), code: "RPC_TIMEOUT" }));
    });
    const onClose = (): void =>
      end(new ConnectionError("the client is closed", { ...context(), code: "RPC_CONNECTION" }));
    const onAbort = (): void => end(signal?.reason);
    this.closing.signal.addEventListener("abort", onClose, { once: true });
    signal?.addEventListener("abort", onAbort, { once: true });
    if (this.closing.signal.aborted) onClose();
    if (signal?.aborted) onAbort();
    const lane = lanes[exchange.lane];
    try {
      limit.signal.throwIfAborted();
      const entrance = lane.gate.enter(priorityOf(method), limit.signal);
      if (entrance === null) throw new BusyError("too many calls wait already", { ...context(), code: "RPC_BUSY" });
      await entrance;
      try {
        return await this.converse(exchange, lane, limit.signal, context);
      } finally {
        lane.gate.leave();
      }
    } finally {
      timer.cancel();
      this.closing.signal.removeEventListener("abort", onClose);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Until there is an answer: a connection that had gone stale and refused credentials may each take one more turn. */
  private async converse<T>(
    exchange: Exchange<T>,
    lane: Lane,
    signal: AbortSignal,
    context: () => RpcCallContext,
  ): Promise<T> {
    const { credentials } = this.options;
    const body = Buffer.from(exchange.body, "utf8");
    const tried = new Set<string | null>();
    let stale = false;
    let authorization = await credentials.first(context);
    for (;;) {
      tried.add(authorization);
      let wasStale = false;
      const onStale = (): void => {
        wasStale = true;
      };
      try {
        return await this.request(exchange, { body, lane, signal, authorization, context, onStale });
      } catch (error) {
        if (wasStale && !stale && exchange.idempotent) {
          // The daemon had closed the idle connection, and the others with it, most likely (spec/14 §2): once more, anew.
          stale = true;
          closeIdle(lane.agent);
          continue;
        }
        if (error instanceof AuthError) {
          // A cookie changes when the daemon restarts; and there may be another way to log in (spec/14 §3).
          const other = tried.size > credentials.count ? null : await credentials.next(tried);
          if (other !== null) {
            authorization = other;
            continue;
          }
        }
        if (error instanceof ConnectionError) credentials.forget();
        throw this.redacted(error);
      }
    }
  }

  private async request<T>(exchange: Exchange<T>, request: Request): Promise<T> {
    const { clock, hooks, health, endpoint, connectTimeoutMs, maxResponseBytes } = this.options;
    const { method, path } = exchange;
    const started = clock.monotonicMs();
    // What a long poll takes is no measure of the daemon.
    const isTimed = exchange.lane !== "longPoll";
    let bytes = 0;
    const ended = (outcome: RpcClientErrorCode | "aborted" | "ok"): number => {
      const durationMs = clock.monotonicMs() - started;
      hooks.onResponse?.({ method, durationMs, bytes, outcome });
      return durationMs;
    };
    hooks.onRequest?.({ method, bytes: request.body.length });
    try {
      const reply = await post({
        ...request,
        endpoint,
        path,
        agent: request.lane.agent,
        connectTimeoutMs,
        maxResponseBytes,
        clock,
      });
      bytes = reply.body.length;
      const result = await exchange.interpret(reply, request.context());
      const durationMs = ended("ok");
      health.answered(durationMs, isTimed);
      if (isTimed) this.times.observe(method, durationMs);
      return result;
    } catch (error) {
      if (error instanceof RpcClientError) {
        const durationMs = ended(error.code);
        const isSilence = error.code === "RPC_TIMEOUT" && !isTimed;
        if (!isSilence && !this.closing.signal.aborted) health.failed(error, durationMs, isTimed);
      } else ended("aborted");
      throw error;
    }
  }

  /** A proxy may echo what it was sent; errors carry no credentials. */
  private redacted(error: unknown): unknown {
    if (!(error instanceof HttpError) && !(error instanceof ProtocolError)) return error;
    const snippet = error.data.bodySnippet;
    if (snippet === undefined) return error;
    const { credentials } = this.options;
    const clean = credentials.redact(snippet);
    const message = credentials.redact(error.message);
    if (clean === snippet && message === error.message) return error;
    const Class = error.constructor as new (message: string, data: RpcClientError["data"]) => RpcClientError;
    return new Class(message, { ...error.data, bodySnippet: clean });
  }

  [inspect.custom](): string {
    return `RpcChannel { endpoint: '${this.endpoint.text}' }`;
  }
}

interface Request {
  readonly body: Buffer;
  readonly lane: Lane;
  readonly signal: AbortSignal;
  readonly authorization: string | null;
  readonly context: () => RpcCallContext;
  readonly onStale: () => void;
}
