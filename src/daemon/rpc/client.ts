import { inspect } from "node:util";
import type { z } from "zod";
import type { Histogram } from "../../core/histogram.js";
import type { Random } from "../../core/random.js";
import { type Clock, systemClock } from "../../platform/clock.js";
import { systemRandom } from "../../platform/random.js";
import { inSlices } from "../../platform/slices.js";
import { type BatchCall, type BatchEntry, type BatchResults, runBatch } from "./batch.js";
import { RpcChannel, type RpcHooks } from "./channel.js";
import { checkedListInSteps, checkResult } from "./check-result.js";
import { Credentials, type RpcAuth } from "./credentials.js";
import { parseEndpoint, walletPath } from "./endpoint.js";
import { MethodNotFoundError } from "./errors.js";
import { HealthTracker, type RpcHealth, type RpcHealthListener } from "./health.js";
import type { JsonNumbers } from "./json.js";
import { createLanes, type LaneName, type RpcTls } from "./lanes.js";
import {
  type BlockTemplateRequest,
  type KnownMethod,
  type MethodSpec,
  methodSpec,
  type ParamsOf,
  type ResultOf,
} from "./method-table.js";
import { interpretLong, type ReplyNumbers } from "./reply.js";
import { isList, type JsonRpcVersion, type RpcParams, requestText } from "./request-body.js";
import { hex as hexSchema } from "./schema-types.js";
import {
  type AddressInfo,
  type BlockchainInfo,
  type BlockTemplate,
  blockHeaderSchema,
  type DeploymentInfo,
  type NetworkInfo,
  type RpcBlockHeader,
  submitBlockSchema,
  templateFrameSchema,
  templateTransactionSchema,
} from "./schemas.js";
import { blockSchema, type RpcBlock } from "./schemas-transactions.js";

/** Time-outs of whole calls, waiting for a connection included (spec/14 §10). */
const TIMEOUT_MS: Readonly<Record<string, number>> = { getblocktemplate: 60_000, submitblock: 120_000 };
const DEFAULT_TIMEOUT_MS = 30_000;
const LONG_POLL_TIMEOUT_MS = 900_000;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
/** From here on daemons speak JSON-RPC 2.0 (spec/14 §4). */
const FIRST_VERSION_OF_2_0 = 280_000;

export interface RpcClientOptions {
  /** `http://host:port/`, `https://…` or `unix:/path`; user and password in it count if there is no `auth`. */
  readonly url: string;
  /** A list is tried in its order. */
  readonly auth?: RpcAuth | readonly RpcAuth[] | null;
  readonly tls?: RpcTls;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly hooks?: RpcHooks;
  /** Default 1.0, and 2.0 once `version` has found a daemon of 28 or newer. */
  readonly jsonrpc?: JsonRpcVersion;
  /** Repetitions after errors that may pass, of calls that may be repeated. Default 0. */
  readonly retries?: number;
  readonly maxResponseBytes?: number;
  readonly connectTimeoutMs?: number;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  /** Aborting closes the connection and rejects with the signal's reason; the daemon carries on with the call. */
  readonly signal?: AbortSignal;
  readonly retries?: number;
}

export interface UntypedCallOptions extends CallOptions {
  /** What becomes of numbers in the result; default `exact`. */
  readonly numbers?: JsonNumbers;
  /** Whether it may be sent again; known for methods of the table, false for others. */
  readonly idempotent?: boolean;
}

interface CallPlan extends CallOptions {
  readonly lane?: LaneName;
  readonly numbers: ReplyNumbers;
  readonly idempotent: boolean;
}

/**
 * JSON-RPC client for bitcoind-compatible daemons (spec/14). Connects when first called. `close` ends all calls; a closed
 * client fails every call. Methods by their own name check the result, as `request` does for every method of the table;
 * `call` takes any method and checks nothing.
 */
export class RpcClient {
  /** Address without credentials. */
  readonly endpoint: string;

  private readonly channel: RpcChannel;
  private readonly path: string;
  private readonly retries: number;
  private readonly facts: DaemonFactsCache;

  /** @throws ConfigError for an address that is neither http, https nor a socket. */
  constructor(options: RpcClientOptions | RpcClientParts) {
    if ("channel" in options) {
      this.channel = options.channel;
      this.endpoint = options.channel.endpoint.text;
      this.path = options.path;
      this.retries = options.retries;
      this.facts = options.facts;
      return;
    }
    const endpoint = parseEndpoint(options.url);
    const clock = options.clock ?? systemClock;
    this.endpoint = endpoint.text;
    this.path = endpoint.path;
    this.retries = options.retries ?? 0;
    this.facts = { jsonrpc: options.jsonrpc ?? null, version: undefined, missing: new Set() };
    this.channel = new RpcChannel({
      endpoint,
      credentials: new Credentials(options.auth ?? endpoint.auth),
      lanes: createLanes(endpoint.isSecure, options.tls ?? {}),
      clock,
      random: options.random ?? systemRandom,
      health: new HealthTracker({ clock }),
      hooks: options.hooks ?? {},
      maxResponseBytes: options.maxResponseBytes ?? MAX_RESPONSE_BYTES,
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    });
  }

  get health(): RpcHealth {
    return this.channel.health.current;
  }

  /** How long calls took, seconds, by method. */
  get callSeconds(): ReadonlyMap<string, Histogram> {
    return this.channel.times.seconds;
  }

  /** Called when the daemon goes up, down or gets into trouble. */
  onHealth(listener: RpcHealthListener): () => void {
    return this.channel.health.subscribe(listener);
  }

  /**
   * Any method, with its result unchecked.
   *
   * @throws RpcClientError; the signal's reason; RangeError for a parameter that JSON cannot hold.
   */
  async call(method: string, params: RpcParams = [], options: UntypedCallOptions = {}): Promise<unknown> {
    const idempotent = options.idempotent ?? methodSpec(method)?.idempotent ?? false;
    return this.send(method, params, { ...options, idempotent, numbers: options.numbers ?? "exact" });
  }

  /** A method of the table, with its result checked. @throws as `call`, and ProtocolError naming a member that is not as it should be */
  async request<M extends KnownMethod>(
    method: M,
    params: ParamsOf<M> | Readonly<Record<string, unknown>>,
    options: CallOptions = {},
  ): Promise<ResultOf<M>> {
    return (await this.checked(method, params as RpcParams, options)) as ResultOf<M>;
  }

  /**
   * Many calls in few HTTP requests; never throws for what becomes of one. Not for block submission, which would have to
   * wait for the others. @throws the signal's reason; RangeError
   */
  async batch<const Entries extends readonly BatchEntry[]>(
    entries: Entries,
    options: CallOptions = {},
  ): Promise<BatchResults<Entries>> {
    const calls = entries.map(([method, params = []]): BatchCall => {
      if (method === "submitblock") throw new RangeError("submitblock does not belong into a batch");
      const id = this.channel.nextId();
      return { id, method, params, text: requestText(id, method, params, this.jsonrpc) };
    });
    const isPlain = calls.every(({ method }) => methodSpec(method)?.amounts === false);
    const results = await runBatch(calls, {
      numbers: isPlain ? "double" : "text",
      sendMany: (body, part, interpret) =>
        this.channel.send({
          method: part.length === 1 ? part[0]!.method : "batch",
          path: this.path,
          body,
          lane: "normal",
          idempotent: part.every(({ method }) => methodSpec(method)?.idempotent === true),
          timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
          retries: options.retries ?? this.retries,
          signal: options.signal,
          interpret,
        }),
      sendOne: ({ method, params }) => this.checked(method, params, options),
      check: ({ method }, result, context) => checkResult(methodSpec(method), result, context),
    });
    return results as BatchResults<Entries>;
  }

  /** A client for the calls of one wallet, on the same connections; the default wallet's name is empty. Closing ends both. */
  wallet(name: string): RpcClient {
    const { channel, retries, facts } = this;
    return new RpcClient({ channel, retries, facts, path: walletPath(channel.endpoint, name) });
  }

  /** The daemon's version, such as 280100; null if it gives no number. Asked once. */
  async version(options?: CallOptions): Promise<number | null> {
    if (this.facts.version === undefined) {
      const { version } = await this.getNetworkInfo(options);
      this.facts.version = typeof version === "number" ? version : null;
    }
    return this.facts.version;
  }

  /** Whether the daemon has a method, by what it says to `help`, or by an earlier call that failed. */
  async supports(method: string, options?: CallOptions): Promise<boolean> {
    if (this.facts.missing.has(method)) return false;
    const isMissing = (await this.help(method, options)).startsWith("help: unknown command");
    if (isMissing) this.facts.missing.add(method);
    return !isMissing;
  }

  /** Ends all calls and connections. */
  close(): void {
    this.channel.close();
  }

  /** Its thousands of transactions are checked in slices, which the event loop does not wait for. */
  async getBlockTemplate(request: BlockTemplateRequest, options: CallOptions = {}): Promise<BlockTemplate> {
    const context = this.channel.startContext("getblocktemplate");
    const frame = await this.typed(reads(templateFrameSchema), "getblocktemplate", [request], options);
    const transactions = await inSlices(
      checkedListInSteps(templateTransactionSchema, frame.transactions, { path: "transactions", context }),
    );
    return { ...frame, transactions };
  }

  /** Null for an accepted block, else the reason (spec/14 §8). */
  async submitBlock(blockHex: string, options?: CallOptions): Promise<string | null> {
    return this.request("submitblock", [blockHex], options);
  }

  /** The same by `getblocktemplate`, for daemons without `submitblock` (spec/07 §11.2). */
  async submitBlockByTemplate(blockHex: string, options: CallOptions = {}): Promise<string | null> {
    const params = [{ mode: "submit", data: blockHex }];
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS.submitblock!;
    const spec = { result: submitBlockSchema, idempotent: true, amounts: false };
    return this.typed(spec, "getblocktemplate", params, { ...options, timeoutMs }, "submit");
  }

  async getBlockchainInfo(options?: CallOptions): Promise<BlockchainInfo> {
    return this.request("getblockchaininfo", [], options);
  }

  async getDeploymentInfo(options?: CallOptions): Promise<DeploymentInfo> {
    return this.request("getdeploymentinfo", [], options);
  }

  async getNetworkInfo(options?: CallOptions): Promise<NetworkInfo> {
    return this.request("getnetworkinfo", [], options);
  }

  async getBlockHeader(blockHash: string, options?: CallOptions): Promise<RpcBlockHeader> {
    return this.typed(reads(blockHeaderSchema), "getblockheader", [blockHash, true], options);
  }

  /** 160 hex digits. */
  async getBlockHeaderHex(blockHash: string, options?: CallOptions): Promise<string> {
    return this.typed(reads(hexSchema), "getblockheader", [blockHash, false], options);
  }

  /** @param verbosity 1: ids of the transactions; 2: the transactions; 3: with what they spend. */
  async getBlock(blockHash: string, verbosity: 1 | 2 | 3 = 1, options?: CallOptions): Promise<RpcBlock> {
    return this.typed(reads(blockSchema, verbosity > 1), "getblock", [blockHash, verbosity], options);
  }

  async getBlockHex(blockHash: string, options?: CallOptions): Promise<string> {
    return this.typed(reads(hexSchema), "getblock", [blockHash, 0], options);
  }

  async getBlockHash(height: number, options?: CallOptions): Promise<string> {
    return this.request("getblockhash", [height], options);
  }

  async getBlockCount(options?: CallOptions): Promise<number> {
    return this.request("getblockcount", [], options);
  }

  async validateAddress(address: string, options?: CallOptions): Promise<AddressInfo> {
    return this.request("validateaddress", [address], options);
  }

  async getAddressInfo(address: string, options?: CallOptions): Promise<AddressInfo> {
    return this.request("getaddressinfo", [address], options);
  }

  /** Each call makes another address: keep the answer (spec/14 §12.3). */
  async getNewAddress(label: string, options?: CallOptions): Promise<string> {
    return this.request("getnewaddress", [label], options);
  }

  async help(command?: string, options?: CallOptions): Promise<string> {
    return this.request("help", command === undefined ? [] : [command], options);
  }

  [inspect.custom](): string {
    return `RpcClient { endpoint: '${this.endpoint}' }`;
  }

  toJSON(): unknown {
    return { endpoint: this.endpoint };
  }

  private get jsonrpc(): JsonRpcVersion {
    const { jsonrpc, version } = this.facts;
    return jsonrpc ?? ((version ?? 0) >= FIRST_VERSION_OF_2_0 ? "2.0" : "1.0");
  }

  /** Checked if the table has the method. */
  private async checked(method: string, params: RpcParams, options: CallOptions = {}): Promise<unknown> {
    const spec = methodSpec(method);
    return spec === undefined ? this.call(method, params, options) : this.typed(spec, method, params, options);
  }

  private async typed<T>(
    spec: Pick<MethodSpec<readonly unknown[], T>, "amounts" | "idempotent" | "result">,
    method: string,
    params: RpcParams,
    options: CallOptions = {},
    lane?: LaneName,
  ): Promise<T> {
    const context = this.channel.startContext(method);
    const numbers: ReplyNumbers = spec.amounts ? "text" : "double";
    const plan = { ...options, idempotent: spec.idempotent, numbers, ...(lane === undefined ? {} : { lane }) };
    return checkResult(spec, await this.send(method, params, plan), context()) as T;
  }

  private async send(method: string, params: RpcParams, plan: CallPlan): Promise<unknown> {
    const lane = plan.lane ?? laneOf(method, params);
    const id = this.channel.nextId();
    try {
      return await this.channel.send({
        method,
        path: this.path,
        body: requestText(id, method, params, this.jsonrpc),
        lane,
        idempotent: plan.idempotent,
        timeoutMs:
          plan.timeoutMs ?? (lane === "longPoll" ? LONG_POLL_TIMEOUT_MS : (TIMEOUT_MS[method] ?? DEFAULT_TIMEOUT_MS)),
        retries: plan.retries ?? this.retries,
        signal: plan.signal,
        interpret: (reply, context) => interpretLong(reply, id, context, plan.numbers),
      });
    } catch (error) {
      if (error instanceof MethodNotFoundError) this.facts.missing.add(method);
      throw error;
    }
  }
}

/** What the clients of wallets share with the one that they came from. */
interface RpcClientParts {
  readonly channel: RpcChannel;
  readonly path: string;
  readonly retries: number;
  readonly facts: DaemonFactsCache;
}

/** What was learnt of a daemon; shared by the clients of its wallets. */
interface DaemonFactsCache {
  readonly jsonrpc: JsonRpcVersion | null;
  /** Undefined: not asked yet. */
  version: number | null | undefined;
  readonly missing: Set<string>;
}

function laneOf(method: string, params: RpcParams): LaneName {
  if (method === "submitblock") return "submit";
  if (method !== "getblocktemplate") return "normal";
  const request = isList(params) ? params[0] : Object.values(params)[0];
  const isLongPoll = typeof request === "object" && request !== null && "longpollid" in request;
  return isLongPoll && request.longpollid !== undefined ? "longPoll" : "normal";
}

function reads<T>(result: z.ZodType<T>, amounts = false): MethodSpec<readonly unknown[], T> {
  return { result, idempotent: true, amounts };
}
