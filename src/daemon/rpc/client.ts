import { Agent } from "node:http";
import { inspect } from "node:util";
import type { z } from "zod";
import { type Clock, systemClock } from "../../platform/clock.js";
import { Credentials, type RpcAuth } from "./credentials.js";
import {
  AuthError,
  BusyError,
  ConfigError,
  ConnectionError,
  HttpError,
  ProtocolError,
  type RpcCallContext,
  type RpcClientError,
  TimeoutError,
} from "./errors.js";
import { Gate, type Priority } from "./gate.js";
import { post } from "./http-post.js";
import { interpretReply } from "./reply.js";
import {
  type AddressInfo,
  addressInfoSchema,
  addressSchema,
  type BlockchainInfo,
  type BlockTemplate,
  blockchainInfoSchema,
  blockHeaderSchema,
  blockSchema,
  blockTemplateSchema,
  countSchema,
  hashSchema,
  hexSchema,
  type NetworkInfo,
  networkInfoSchema,
  type RpcBlock,
  type RpcBlockHeader,
  submitBlockSchema,
} from "./schemas.js";

/** Time-outs of whole calls, waiting for a connection included (spec/14 §10). */
const TIMEOUT_MS = { default: 30_000, getblocktemplate: 60_000, submitblock: 120_000, longPoll: 900_000 };
const CONNECT_TIMEOUT_MS = 5_000;
/** Daemons before Core 29 have 4 threads (spec/14 §2). Block submission and the long poll have a connection each besides. */
const MAX_SOCKETS = 4;
/** A bound for the case that a daemon hangs; the node asks a few calls at a time. */
const MAX_WAITING = 1_000;
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
/** Below the 30 s after which daemons close an idle connection. */
const IDLE_SOCKET_MS = 20_000;

export interface RpcClientOptions {
  /** `http://host:port/`; user and password in it count if there is no `auth`. */
  readonly url: string;
  readonly auth?: RpcAuth | null;
  readonly clock?: Clock;
  readonly maxResponseBytes?: number;
  readonly connectTimeoutMs?: number;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  /** Aborting closes the connection and rejects with the signal's reason; the daemon carries on with the call. */
  readonly signal?: AbortSignal;
}

export interface BlockTemplateRequest {
  readonly rules: readonly string[];
  readonly mode?: "template" | "proposal";
  readonly capabilities?: readonly string[];
  /** Of the last template: the answer comes when there is a better one, on a connection of its own. */
  readonly longpollid?: string;
  readonly data?: string;
}

interface Lane {
  readonly agent: Agent;
  readonly gate: Gate;
}

/**
 * JSON-RPC client for bitcoind-compatible daemons (spec/14). Connects when first called; no state but open connections and
 * the cookie. `close` ends all calls; a closed client fails every call.
 */
export class RpcClient {
  /** URL without credentials. */
  readonly endpoint: string;

  private readonly url: URL;
  private readonly credentials: Credentials;
  private readonly clock: Clock;
  private readonly maxResponseBytes: number;
  private readonly connectTimeoutMs: number;
  private readonly lanes: { readonly normal: Lane; readonly submit: Lane; readonly longPoll: Lane };
  private readonly closing = new AbortController();
  private lastId = 0;

  /** @throws ConfigError for a URL that is not http. */
  constructor(options: RpcClientOptions) {
    const url = parseUrl(options.url);
    this.credentials = new Credentials(options.auth ?? authInUrl(url));
    url.username = "";
    url.password = "";
    this.url = url;
    this.endpoint = url.href;
    this.clock = options.clock ?? systemClock;
    this.maxResponseBytes = options.maxResponseBytes ?? MAX_RESPONSE_BYTES;
    this.connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.lanes = { normal: createLane(MAX_SOCKETS), submit: createLane(1), longPoll: createLane(1) };
  }

  /**
   * Any method, with its result unchecked.
   *
   * @throws RpcClientError; the signal's reason; RangeError for a parameter that JSON cannot hold.
   */
  async call(method: string, params: readonly unknown[] = [], options: CallOptions = {}): Promise<unknown> {
    return this.send(method, params, options, this.lanes.normal);
  }

  /** Ends all calls and connections. */
  close(): void {
    this.closing.abort();
    for (const { agent } of Object.values(this.lanes)) agent.destroy();
  }

  async getBlockTemplate(request: BlockTemplateRequest, options: CallOptions = {}): Promise<BlockTemplate> {
    const isLongPoll = request.longpollid !== undefined;
    const timeoutMs = options.timeoutMs ?? (isLongPoll ? TIMEOUT_MS.longPoll : TIMEOUT_MS.getblocktemplate);
    const lane = isLongPoll ? this.lanes.longPoll : this.lanes.normal;
    return this.typed(blockTemplateSchema, "getblocktemplate", [request], { ...options, timeoutMs }, lane);
  }

  /** Null for an accepted block, else the reason (spec/14 §8). */
  async submitBlock(blockHex: string, options?: CallOptions): Promise<string | null> {
    return this.typed(submitBlockSchema, "submitblock", [blockHex], options, this.lanes.submit);
  }

  /** The same by `getblocktemplate`, for daemons without `submitblock` (spec/07 §11.2). */
  async submitBlockByTemplate(blockHex: string, options: CallOptions = {}): Promise<string | null> {
    const params = [{ mode: "submit", data: blockHex }];
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS.submitblock;
    return this.typed(submitBlockSchema, "getblocktemplate", params, { ...options, timeoutMs }, this.lanes.submit);
  }

  async getBlockchainInfo(options?: CallOptions): Promise<BlockchainInfo> {
    return this.typed(blockchainInfoSchema, "getblockchaininfo", [], options);
  }

  async getNetworkInfo(options?: CallOptions): Promise<NetworkInfo> {
    return this.typed(networkInfoSchema, "getnetworkinfo", [], options);
  }

  async getBlockHeader(blockHash: string, options?: CallOptions): Promise<RpcBlockHeader> {
    return this.typed(blockHeaderSchema, "getblockheader", [blockHash, true], options);
  }

  /** 160 hex digits. */
  async getBlockHeaderHex(blockHash: string, options?: CallOptions): Promise<string> {
    return this.typed(hexSchema, "getblockheader", [blockHash, false], options);
  }

  /** @param verbosity 1: ids of the transactions; 2: the transactions. */
  async getBlock(blockHash: string, verbosity: 1 | 2 = 1, options?: CallOptions): Promise<RpcBlock> {
    return this.typed(blockSchema, "getblock", [blockHash, verbosity], options);
  }

  async getBlockHex(blockHash: string, options?: CallOptions): Promise<string> {
    return this.typed(hexSchema, "getblock", [blockHash, 0], options);
  }

  async getBlockHash(height: number, options?: CallOptions): Promise<string> {
    return this.typed(hashSchema, "getblockhash", [height], options);
  }

  async getBlockCount(options?: CallOptions): Promise<number> {
    return this.typed(countSchema, "getblockcount", [], options);
  }

  async validateAddress(address: string, options?: CallOptions): Promise<AddressInfo> {
    return this.typed(addressInfoSchema, "validateaddress", [address], options);
  }

  async getAddressInfo(address: string, options?: CallOptions): Promise<AddressInfo> {
    return this.typed(addressInfoSchema, "getaddressinfo", [address], options);
  }

  /** Each call makes another address: keep the answer (spec/14 §12.3). */
  async getNewAddress(label: string, options?: CallOptions): Promise<string> {
    return this.typed(addressSchema, "getnewaddress", [label], options);
  }

  [inspect.custom](): string {
    return `RpcClient { endpoint: '${this.endpoint}' }`;
  }

  private async typed<T>(
    schema: z.ZodType<T>,
    method: string,
    params: readonly unknown[],
    options: CallOptions = {},
    lane: Lane = this.lanes.normal,
  ): Promise<T> {
    const started = this.clock.monotonicMs();
    const checked = schema.safeParse(await this.send(method, params, options, lane));
    if (checked.success) return checked.data;
    const issue = checked.error.issues[0];
    const path = ["result", ...(issue?.path ?? [])].map(String).join(".");
    const context = this.contextOf(method, started);
    throw new ProtocolError(`${path}: ${issue?.message ?? "unexpected"}`, { ...context, code: "RPC_PROTOCOL" });
  }

  private contextOf(method: string, started: number): RpcCallContext {
    return { method, endpoint: this.endpoint, durationMs: Math.round(this.clock.monotonicMs() - started) };
  }

  /** One call: waits for a connection, sends, and repeats where a repetition can help and does no harm. */
  private async send(method: string, params: readonly unknown[], options: CallOptions, lane: Lane): Promise<unknown> {
    const started = this.clock.monotonicMs();
    const context = (): RpcCallContext => this.contextOf(method, started);
    const id = this.nextId();
    const body = JSON.stringify({ jsonrpc: "1.0", id, method, params: trimmed(params) }, checkValue);
    const limit = new AbortController();
    const end = (reason: unknown): void => limit.abort(reason);
    const timeoutMs = options.timeoutMs ?? (method === "submitblock" ? TIMEOUT_MS.submitblock : TIMEOUT_MS.default);
    const timer = this.clock.after(timeoutMs, () => {
      end(new TimeoutError(`no answer within ${timeoutMs} ms`, { ...context(), code: "RPC_TIMEOUT" }));
    });
    const onClose = (): void =>
      end(new ConnectionError("the client is closed", { ...context(), code: "RPC_CONNECTION" }));
    const onAbort = (): void => end(options.signal?.reason);
    this.closing.signal.addEventListener("abort", onClose, { once: true });
    options.signal?.addEventListener("abort", onAbort, { once: true });
    if (this.closing.signal.aborted) onClose();
    if (options.signal?.aborted) onAbort();
    try {
      limit.signal.throwIfAborted();
      const entrance = lane.gate.enter(priorityOf(method), limit.signal);
      if (entrance === null) throw new BusyError("too many calls wait already", { ...context(), code: "RPC_BUSY" });
      await entrance;
      try {
        return await this.exchange({ id, body, method, lane, signal: limit.signal, context });
      } finally {
        lane.gate.leave();
      }
    } finally {
      timer.cancel();
      this.closing.signal.removeEventListener("abort", onClose);
      options.signal?.removeEventListener("abort", onAbort);
    }
  }

  private async exchange(call: Call): Promise<unknown> {
    let renewed = false;
    let stale = false;
    for (;;) {
      const authorization = await this.credentials.header(call.context);
      let wasStale = false;
      try {
        const reply = await post({
          url: this.url,
          agent: call.lane.agent,
          authorization,
          body: call.body,
          connectTimeoutMs: this.connectTimeoutMs,
          maxResponseBytes: this.maxResponseBytes,
          clock: this.clock,
          signal: call.signal,
          context: call.context,
          onStale: () => {
            wasStale = true;
          },
        });
        return interpretReply(reply, call.id, call.context());
      } catch (error) {
        if (wasStale && !stale && isIdempotent(call.method)) {
          // The daemon had closed the idle connection, and the others with it, most likely (spec/14 §2): once more, anew.
          stale = true;
          closeIdle(call.lane.agent);
          continue;
        }
        if (error instanceof AuthError && !renewed && this.credentials.cookieFile !== null) {
          // A cookie changes when the daemon restarts. The same one again would only flood its log (spec/14 §3).
          renewed = true;
          this.credentials.forget();
          if ((await this.credentials.header(call.context)) !== authorization) continue;
        }
        if (error instanceof ConnectionError) this.credentials.forget();
        throw this.redacted(error);
      }
    }
  }

  /** A proxy may echo what it was sent; errors carry no credentials. */
  private redacted(error: unknown): unknown {
    if (!(error instanceof HttpError) && !(error instanceof ProtocolError)) return error;
    const snippet = error.data.bodySnippet;
    if (snippet === undefined) return error;
    const clean = this.credentials.redact(snippet);
    const message = this.credentials.redact(error.message);
    if (clean === snippet && message === error.message) return error;
    const Class = error.constructor as new (message: string, data: RpcClientError["data"]) => RpcClientError;
    return new Class(message, { ...error.data, bodySnippet: clean });
  }

  private nextId(): number {
    this.lastId = this.lastId >= Number.MAX_SAFE_INTEGER ? 1 : this.lastId + 1;
    return this.lastId;
  }
}

interface Call {
  readonly id: number;
  readonly body: string;
  readonly method: string;
  readonly lane: Lane;
  readonly signal: AbortSignal;
  readonly context: () => RpcCallContext;
}

function createLane(slots: number): Lane {
  const agent = new Agent({ keepAlive: true, maxSockets: slots, timeout: IDLE_SOCKET_MS });
  return { agent, gate: new Gate({ slots, maxWaiting: MAX_WAITING }) };
}

function closeIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of [...(sockets ?? [])]) socket.destroy();
}

function parseUrl(text: string): URL {
  const context = { method: "", endpoint: "", durationMs: 0, code: "RPC_CONFIG" as const };
  if (!URL.canParse(text)) throw new ConfigError("the RPC address is no URL", context);
  const url = new URL(text);
  if (url.protocol === "http:") return url;
  throw new ConfigError(`the RPC address begins with ${url.protocol}, only http: is supported`, context);
}

function authInUrl(url: URL): RpcAuth | null {
  if (url.username === "" && url.password === "") return null;
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

/** Undefined at the end means "not given", in the middle it is sent as null (spec/14 §4). */
function trimmed(params: readonly unknown[]): readonly unknown[] {
  let length = params.length;
  while (length > 0 && params[length - 1] === undefined) length--;
  return params.slice(0, length);
}

/** What JSON.stringify would silently turn into null or leave out (spec/14 §4). */
function checkValue(key: string, value: unknown): unknown {
  if (typeof value === "bigint") {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new RangeError(`parameter ${key}: ${value} is beyond 2^53`);
  }
  if (
    typeof value === "function" ||
    typeof value === "symbol" ||
    (typeof value === "number" && !Number.isFinite(value))
  ) {
    throw new RangeError(`parameter ${key} cannot be sent`);
  }
  return value;
}

function priorityOf(method: string): Priority {
  return method === "getblocktemplate" || method === "submitblock" ? "first" : "normal";
}

/** Reads, and block submission: a duplicate is harmless (spec/14 §10). Unknown methods count as not repeatable. */
function isIdempotent(method: string): boolean {
  if (method === "submitblock" || method === "validateaddress" || method === "help") return true;
  return method.startsWith("get") && method !== "getnewaddress" && method !== "getrawchangeaddress";
}
