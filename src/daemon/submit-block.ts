import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { ErrorThrottle } from "./error-throttle.js";
import {
  InvalidParamsError,
  MethodNotFoundError,
  RPC_CODES,
  type RpcClient,
  RpcClientError,
  RpcError,
} from "./rpc/index.js";

/** What became of a block at the daemon. */
export interface SubmitResult {
  readonly accepted: boolean;
  /** The daemon's word, "duplicate" for an accepted block for example; "stopped" if it was not waited for; null for none. */
  readonly reason: string | null;
  /** Whether the daemon judged the block; false if that was not waited for. */
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

/** Pauses after attempts without an answer; the last one stays for ten minutes (spec/07 §11.2). */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000];
const FREQUENT_FOR_MS = 600_000;
/** Pause after that: nothing is lost by asking on, and a block may be by asking no more. */
const LATE_PAUSE_MS = 60_000;

/**
 * Answers that are as good as none (spec/07 §11.2): the block came by another way before, or lies beside the best chain, where
 * it may still win.
 */
const GOOD: readonly string[] = ["duplicate", "duplicate-inconclusive", "inconclusive"];

/** The daemon does not know the block before it, yet: it syncs, or was started a moment ago. Another answer will follow. */
const NOT_YET = "prev-blk-not-found";

/** What a result of `submitblock` means. bcoin puts "rejected: " before its reasons. */
export function interpretSubmitResult(result: string | null): Pick<SubmitResult, "accepted" | "reason"> {
  const reason = result === null ? null : result.replace(/^rejected: /, "");
  return { accepted: reason === null || GOOD.includes(reason), reason };
}

/**
 * Gives a block to the daemon. The call leaves at once; it is repeated until the daemon has judged the block, or `signal`
 * says that it is enough. Never throws for what the daemon does: the result says it.
 */
export async function submitBlock(block: Uint8Array, options: SubmitBlockOptions): Promise<SubmitResult> {
  const { clock, logger, signal } = options;
  const started = clock.monotonicMs();
  const throttle = new ErrorThrottle({ clock });
  const hex = Buffer.from(block.buffer, block.byteOffset, block.length).toString("hex");
  for (let attempts = 1; ; attempts++) {
    try {
      const result = interpretSubmitResult(await send(hex, options));
      if (result.reason !== NOT_YET) return { ...result, judged: true, attempts };
      if (throttle.shouldLog(NOT_YET)) {
        logger?.warn({ attempts }, "a daemon does not know what a block of ours builds on, and is given it again");
      }
    } catch (error) {
      if (signal?.aborted) return { accepted: false, reason: "stopped", judged: false, attempts };
      if (!(error instanceof RpcClientError)) throw error;
      const verdict = judgement(error);
      if (verdict !== null) return { ...verdict, judged: true, attempts };
      if (throttle.shouldLog(error.code)) {
        logger?.error(
          { code: error.code, attempts },
          `submitting a block failed, and is tried again: ${error.message}`,
        );
      }
    }
    const isLate = clock.monotonicMs() - started >= FREQUENT_FOR_MS;
    const pause = isLate ? LATE_PAUSE_MS : PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1]!;
    await sleep(clock, pause, signal);
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

/** Errors that say something about the block: it cannot be decoded, or did not pass. */
const VERDICTS: readonly number[] = [RPC_CODES.deserialization, RPC_CODES.verifyError, RPC_CODES.verifyRejected];

/**
 * An error that is an answer; null for all others, an answer that makes no sense among them: what is between us and the
 * daemon may have garbled it, so that nothing is certain.
 */
function judgement(error: RpcClientError): Pick<SubmitResult, "accepted" | "reason"> | null {
  if (!(error instanceof RpcError)) return null;
  if (error.rpcCode === RPC_CODES.verifyAlreadyInChain) return { accepted: true, reason: error.message };
  const isVerdict = VERDICTS.includes(error.rpcCode) || error instanceof InvalidParamsError;
  return isVerdict ? { accepted: false, reason: error.message } : null;
}
