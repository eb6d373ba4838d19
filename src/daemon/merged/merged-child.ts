import { BoundedSet } from "../../core/bounded.js";
import { errorMessage, P2PoolError } from "../../core/errors.js";
import { type Clock, sleep } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { ErrorThrottle } from "../error-throttle.js";
import {
  type AuxBlock,
  MethodNotFoundError,
  ProtocolError,
  type RpcClient,
  RpcClientError,
  RpcError,
} from "../rpc/index.js";
import { submitBlock } from "../submit-block.js";
import { type AuxWork, type FoundAuxBlock, readAuxWork } from "./aux-work.js";
import { chainOfTemplate, readChildOffer } from "./child-offer.js";

export interface MergedChildOptions {
  readonly rpc: Pick<RpcClient, "endpoint" | "getBlockTemplate" | "request" | "submitBlock" | "submitBlockByTemplate">;
  /** Whom its blocks pay, in the child's own writing; null for the daemon's wallet. */
  readonly address: string | null;
  /** Chains whose blocks pay every miner of the share chain now; none while its shares do not say how (spec/20 §9). */
  readonly sharedChains: () => readonly number[];
  readonly clock: Clock;
  readonly log: Logger;
  /** There is other work, or none any more. */
  readonly onWork: () => void;
}

/** What became of a block at the child. */
export interface AuxVerdict {
  readonly accepted: boolean;
  /** Why not. */
  readonly reason: string | null;
  /** Whether the child judged it; false if it could not be reached. */
  readonly judged: boolean;
}

const POLL_MS = 1_000;
const RETRY_MS = 5_000;
const TIMEOUT_MS = 15_000;
/** Work older than this is dropped: the child is gone, and what it gave may be stale (spec/07 §12.2). */
const MAX_AGE_MS = 60_000;
/** spec/07 §12.4: retry(10 s, 10). */
const SUBMIT_RETRY_MS = 10_000;
const SUBMIT_ATTEMPTS = 11;
/** Accepted blocks remembered, so that another proof of one is not handed in. */
const REMEMBERED = 100;

/**
 * The daemon of a merged chain: asked every second what to commit to, and given what was found (spec/07 §12).
 *
 * Life: nothing happens before `start`; after `stop` has resolved no call or timer of it is left. It never delays the parent
 * chain: its calls have connections and time-outs of their own.
 */
export class MergedChild {
  private readonly options: MergedChildOptions;
  private readonly throttle: ErrorThrottle;
  private readonly ending = new AbortController();
  private readonly submissions = new Map<string, Promise<AuxVerdict>>();
  private readonly accepted = new BoundedSet<string>(REMEMBERED);
  private wake = new AbortController();
  private loop: Promise<void> | null = null;
  private usesWallet: boolean;
  private hasTemplates = true;
  private lastChainId: number | null = null;
  private current: { readonly work: AuxWork; readonly atMs: number } | null = null;

  constructor(options: MergedChildOptions) {
    this.options = options;
    this.throttle = new ErrorThrottle({ clock: options.clock });
    this.usesWallet = options.address === null;
  }

  /** Without credentials. */
  get endpoint(): string {
    return this.options.rpc.endpoint;
  }

  /** What to commit to; null while the child gives nothing. */
  get work(): AuxWork | null {
    return this.current?.work ?? null;
  }

  /** Of the chain, also while it gives no work; null before the first answer. */
  get chainId(): number | null {
    return this.lastChainId;
  }

  start(): void {
    this.loop ??= this.poll();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.wake.abort();
    await this.loop;
    await Promise.all(this.submissions.values());
  }

  /**
   * Hands a block in. Null if it was accepted before, or is being handed in. The child is asked until it has judged the block:
   * one of its own, which it forgets, at most eleven times, one that we made until it has.
   */
  submit({ hash, proof, bytes }: Omit<FoundAuxBlock, "chainId">): Promise<AuxVerdict> | null {
    if (this.accepted.has(hash) || this.submissions.has(hash) || this.ending.signal.aborted) return null;
    const judged =
      bytes === null ? this.judged(hash, Buffer.from(proof).toString("hex")) : this.judgedWhole(hash, bytes);
    const submission = judged.finally(() => {
      this.submissions.delete(hash);
    });
    this.submissions.set(hash, submission);
    return submission;
  }

  private async poll(): Promise<void> {
    const { clock } = this.options;
    while (!this.ending.signal.aborted) {
      this.wake = new AbortController();
      const isWell = await this.ask();
      if (this.ending.signal.aborted) return;
      await sleep(clock, isWell ? POLL_MS : RETRY_MS, this.wake.signal);
    }
  }

  private async ask(): Promise<boolean> {
    const { clock, log, onWork } = this.options;
    try {
      const work = (await this.fetchOffer()) ?? readAuxWork(await this.fetch());
      if (this.ending.signal.aborted) return true;
      const before = this.current?.work;
      this.lastChainId = work.chainId;
      this.current = { work, atMs: clock.monotonicMs() };
      if (this.throttle.recovered()) log.info({ child: this.endpoint }, "the merged chain's daemon gives work again");
      if (before?.hash !== work.hash || before.target !== work.target) onWork();
      return true;
    } catch (error) {
      if (!this.ending.signal.aborted) this.failed(error);
      return false;
    }
  }

  private failed(error: unknown): void {
    const { clock, log, onWork } = this.options;
    const isExpected = error instanceof P2PoolError;
    const code = isExpected ? error.code : "UNEXPECTED";
    if (this.throttle.shouldLog(code)) {
      const details = isExpected ? { child: this.endpoint, code } : { child: this.endpoint, code, err: error };
      log.warn(details, `no work from a merged chain: ${errorMessage(error)}`);
    }
    if (this.current === null || clock.monotonicMs() - this.current.atMs < MAX_AGE_MS) return;
    this.current = null;
    log.warn({ child: this.endpoint }, "a merged chain is left out: its daemon has not answered for a minute");
    onWork();
  }

  /** A template of a chain whose blocks pay every miner; null where the daemon's own block is all there is. */
  private async fetchOffer(): Promise<AuxWork | null> {
    const { rpc, sharedChains, clock, log } = this.options;
    const chainIds = sharedChains();
    const isOther = this.lastChainId !== null && !chainIds.includes(this.lastChainId);
    if (!this.hasTemplates || chainIds.length === 0 || isOther) return null;
    const request = { rules: [], capabilities: ["auxpow", "coinbasevalue"] };
    try {
      const options = { timeoutMs: TIMEOUT_MS, signal: this.ending.signal };
      const answer = await rpc.getBlockTemplate(request, options);
      // A daemon that does not say it in its template says it with its own block, which then is asked for first.
      const chainId = chainOfTemplate(answer, chainIds) ?? this.lastChainId;
      return chainId === null ? null : await readChildOffer(answer, chainId, clock.now());
    } catch (error) {
      if (!(error instanceof MethodNotFoundError)) throw error;
      this.hasTemplates = false;
      log.warn(
        { child: this.endpoint },
        "the merged chain's daemon has no getblocktemplate: its blocks pay the operator and not every miner",
      );
      return null;
    }
  }

  private async fetch(): Promise<AuxBlock> {
    const { rpc, address, log } = this.options;
    const options = { timeoutMs: TIMEOUT_MS, signal: this.ending.signal };
    if (!this.usesWallet && address !== null) {
      try {
        return await rpc.request("createauxblock", [address], options);
      } catch (error) {
        if (!(error instanceof MethodNotFoundError)) throw error;
        this.usesWallet = true;
        log.warn(
          { child: this.endpoint },
          "the merged chain's daemon cannot pay an address of our choice: its blocks pay its own wallet",
        );
      }
    }
    const answer = await rpc.request("getauxblock", [], options);
    if (typeof answer !== "boolean") return answer;
    const context = { method: "getauxblock", endpoint: this.endpoint, durationMs: 0 };
    throw new ProtocolError("result: a verdict where work was asked for", { ...context, code: "RPC_PROTOCOL" });
  }

  /** A whole block goes the way of the parent chain's blocks, with their patience. */
  private async judgedWhole(hash: string, bytes: Uint8Array): Promise<AuxVerdict> {
    const { rpc, clock, log } = this.options;
    const verdict = await submitBlock(bytes, { rpc, clock, logger: log, signal: this.ending.signal });
    if (!verdict.accepted) return verdict.judged ? this.refused(verdict) : verdict;
    this.accepted.add(hash);
    // Its next block.
    this.wake.abort();
    return verdict;
  }

  private async judged(hash: string, proof: string): Promise<AuxVerdict> {
    const { clock, log } = this.options;
    const { signal } = this.ending;
    for (let attempt = 1; ; attempt++) {
      try {
        const verdict = interpretAuxVerdict(await this.hand(hash, proof));
        if (!verdict.accepted) return await this.refused(verdict);
        this.accepted.add(hash);
        // Its next block.
        this.wake.abort();
        return verdict;
      } catch (error) {
        if (signal.aborted) return { accepted: false, reason: "stopped", judged: false };
        if (!(error instanceof RpcClientError)) throw error;
        const isAnswer = (error instanceof RpcError || error instanceof ProtocolError) && !error.retryable;
        if (isAnswer) return this.refused({ accepted: false, reason: error.message, judged: true });
        if (attempt >= SUBMIT_ATTEMPTS) return { accepted: false, reason: error.message, judged: false };
        log.error(
          { child: this.endpoint, code: error.code, attempt },
          `handing in a merged block failed, and is tried again: ${error.message}`,
        );
      }
      await sleep(clock, SUBMIT_RETRY_MS, signal);
      if (signal.aborted) return { accepted: false, reason: "stopped", judged: false };
    }
  }

  /** Most likely its chain has gone on: what it works on now tells. */
  private async refused(verdict: AuxVerdict): Promise<AuxVerdict> {
    if (!this.ending.signal.aborted) await this.ask();
    return verdict;
  }

  /** Each work has its way back; a daemon that gave the one may lack the other. */
  private async hand(hash: string, proof: string): Promise<unknown> {
    const { rpc } = this.options;
    const options = { timeoutMs: TIMEOUT_MS, signal: this.ending.signal };
    if (!this.usesWallet) {
      try {
        return await rpc.request("submitauxblock", [hash, proof], options);
      } catch (error) {
        if (!(error instanceof MethodNotFoundError)) throw error;
      }
    }
    return rpc.request("getauxblock", [hash, proof], options);
  }
}

/** Most daemons say true or false; some nothing or a reason, as for their own blocks. */
function interpretAuxVerdict(result: unknown): AuxVerdict {
  const accepted = result === true || result === null;
  return { accepted, reason: typeof result === "string" ? result : null, judged: true };
}
