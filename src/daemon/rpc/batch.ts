import { ProtocolError, type RpcCallContext, RpcClientError } from "./errors.js";
import type { KnownMethod, ResultOf } from "./method-table.js";
import { type HttpReply, interpretBatch, type JsonReply, type ReplyNumbers, resultOf } from "./reply.js";
import type { RpcParams } from "./request-body.js";

export type BatchEntry = readonly [method: string, params?: RpcParams];

/** What became of one call of a batch. */
export type BatchResult<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: RpcClientError };

/** Results in the order of the calls; checked and typed for the methods of the table. */
export type BatchResults<Entries extends readonly BatchEntry[]> = {
  -readonly [K in keyof Entries]: BatchResult<Entries[K][0] extends KnownMethod ? ResultOf<Entries[K][0]> : unknown>;
};

/** Bounds of one HTTP request (spec/14 §4). */
const LIMITS = { entries: 100, bytes: 1024 * 1024 } as const;

export interface BatchCall {
  readonly id: number;
  readonly method: string;
  readonly params: RpcParams;
  /** The request as JSON. */
  readonly text: string;
}

/** What a batch needs of a client. */
export interface BatchCarrier {
  readonly numbers: ReplyNumbers;
  /** Sends a list of requests; null if the daemon knows no batches. */
  sendMany(
    body: string,
    calls: readonly BatchCall[],
    interpret: (reply: HttpReply, context: RpcCallContext) => BatchReplies | null,
  ): Promise<BatchReplies | null>;
  /** Sends one, with the result checked. */
  sendOne(call: BatchCall): Promise<unknown>;
  check(call: BatchCall, result: unknown, context: RpcCallContext): unknown;
}

interface BatchReplies {
  readonly byId: ReadonlyMap<number, readonly JsonReply[]>;
  readonly status: number;
  readonly context: RpcCallContext;
}

/** Parts that one HTTP request may hold, in order. */
function splitBatch(calls: readonly BatchCall[]): BatchCall[][] {
  const parts: BatchCall[][] = [];
  let bytes = 0;
  for (const call of calls) {
    const size = Buffer.byteLength(call.text) + 1;
    const last = parts.at(-1);
    if (last === undefined || last.length >= LIMITS.entries || bytes + size > LIMITS.bytes) {
      parts.push([call]);
      bytes = size + 1;
    } else {
      last.push(call);
      bytes += size;
    }
  }
  return parts;
}

/** Sends parts one after the other; a daemon that knows no batches gets single calls from there on. */
export async function runBatch(calls: readonly BatchCall[], carrier: BatchCarrier): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  let knowsBatches = true;
  for (const part of splitBatch(calls)) {
    if (knowsBatches) {
      const settled = await runPart(part, carrier);
      if (settled !== null) {
        results.push(...settled);
        continue;
      }
      knowsBatches = false;
    }
    results.push(...(await Promise.all(part.map((call) => settle(() => carrier.sendOne(call))))));
  }
  return results;
}

async function runPart(part: readonly BatchCall[], carrier: BatchCarrier): Promise<BatchResult[] | null> {
  const body = `[${part.map(({ text }) => text).join(",")}]`;
  let replies: BatchReplies | null;
  try {
    replies = await carrier.sendMany(body, part, (reply, context) => {
      const byId = interpretBatch(reply, context, carrier.numbers);
      return byId === null ? null : { byId, status: reply.status, context };
    });
  } catch (error) {
    if (!(error instanceof RpcClientError)) throw error;
    return part.map(() => ({ ok: false, error }));
  }
  if (replies === null) return null;
  const { byId, status, context } = replies;
  return Promise.all(
    part.map((call) =>
      settle(async () => {
        const own = { ...context, method: call.method };
        const [reply, another] = byId.get(call.id) ?? [];
        const problem = reply === undefined ? "no answer to this call" : "two answers to this call";
        if (reply === undefined || another !== undefined) {
          throw new ProtocolError(`the batch holds ${problem}`, { ...own, code: "RPC_PROTOCOL" });
        }
        return carrier.check(call, resultOf(reply, call.id, status, own), own);
      }),
    ),
  );
}

async function settle(action: () => Promise<unknown>): Promise<BatchResult> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    if (error instanceof RpcClientError) return { ok: false, error };
    throw error;
  }
}
