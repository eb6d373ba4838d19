import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { MethodNotFoundError, ProtocolError, type RpcClient, RpcClientError, RpcError } from "./rpc/index.js";

/** What became of a block at the daemon. */
export interface SubmitResult {
  readonly accepted: boolean;
  /** The daemon's word, "duplicate" for an accepted block for example, or why it could not be asked; null for none. */
  readonly reason: string | null;
  /** Whether the daemon judged the block; false if it could not be reached. */
  readonly judged: boolean;
  readonly attempts: number;
}

export interface SubmitBlockOptions {
  readonly rpc: Pick<RpcClient, "submitBlock" | "submitBlockByTemplate">;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Ends the attempts; a call that is on its way may still take effect. */
  readonly signal?: AbortSignal;
}

/** spec/07 §11.2: retry(10 s, 10). */
const RETRY_MS = 10_000;
const MAX_RETRIES = 10;

/**
 * Answers that are as good as none (spec/07 §11.2): the block came by another way before, or lies beside the best chain, where
 * it may still win.
 */
const GOOD: readonly string[] = ["duplicate", "duplicate-inconclusive", "inconclusive"];

/** What a result of `submitblock` means. bcoin puts "rejected: " before its reasons. */
export function interpretSubmitResult(result: string | null): Pick<SubmitResult, "accepted" | "reason"> {
  const reason = result === null ? null : result.replace(/^rejected: /, "");
  return { accepted: reason === null || GOOD.includes(reason), reason };
}

/**
 * Gives a block to the daemon. The call leaves at once; while the daemon cannot be reached it is repeated every 10 s, up to
 * 10 times. Never throws for what the daemon does: the result says it.
 */
export async function submitBlock(block: Uint8Array, options: SubmitBlockOptions): Promise<SubmitResult> {
  const { clock, logger, signal } = options;
  const hex = Buffer.from(block.buffer, block.byteOffset, block.length).toString("hex");
  for (let attempts = 1; ; attempts++) {
    try {
      return { ...interpretSubmitResult(await send(hex, options)), judged: true, attempts };
    } catch (error) {
      if (signal?.aborted) return { accepted: false, reason: "stopped", judged: false, attempts };
      if (!(error instanceof RpcClientError)) throw error;
      const verdict = judgement(error);
      if (verdict !== null) return { ...verdict, judged: true, attempts };
      const isLast = attempts > MAX_RETRIES;
      logger?.error({ code: error.code, attempts }, `submitting a block failed: ${error.message}`);
      if (isLast) return { accepted: false, reason: error.message, judged: false, attempts };
    }
    await sleep(clock, RETRY_MS, signal);
    if (signal?.aborted) return { accepted: false, reason: "stopped", judged: false, attempts };
  }
}

async function send(hex: string, { rpc, signal }: SubmitBlockOptions): Promise<string | null> {
  const options = signal === undefined ? {} : { signal };
  try {
    return await rpc.submitBlock(hex, options);
  } catch (error) {
    if (error instanceof MethodNotFoundError) return rpc.submitBlockByTemplate(hex, options);
    throw error;
  }
}

const ALREADY_IN_CHAIN = -27;

/** An error that is an answer, such as -22 for a block that cannot be decoded; null if asking again may help. */
function judgement(error: RpcClientError): Pick<SubmitResult, "accepted" | "reason"> | null {
  if (error.retryable) return null;
  if (error instanceof RpcError) return { accepted: error.rpcCode === ALREADY_IN_CHAIN, reason: error.message };
  // An answer that makes no sense: repeating the question gives the same.
  if (error instanceof ProtocolError) return { accepted: false, reason: error.message };
  return null;
}
