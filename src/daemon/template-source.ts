import { type Coin, subsidyAtHeight } from "../bitcoin/coin.js";
import type { Template } from "../bitcoin/template.js";
import { unknownRules } from "../bitcoin/template-rules.js";
import { errorMessage, P2PoolError } from "../core/errors.js";
import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { ErrorThrottle } from "./error-throttle.js";
import { readTemplate } from "./read-template.js";
import { type BlockTemplate, type RpcClient, RpcClientError } from "./rpc/index.js";

const POLL_MS = 15_000;
const UNANNOUNCED_POLL_MS = 5_000;
const RETRY_MS = 3_000;
/** Announcements closer together than this are one (spec/07 §7.1). */
const DEBOUNCE_MS = 100;
/** Pauses after an announcement until the template follows it: the daemon may announce before its template is ready. */
const FOLLOW_UP_MS = [500, 1_500];
/** A daemon that answers long polls at once and with nothing new is not asked more often than this. */
const LONG_POLL_PAUSE_MS = 1_000;

/** Rules that are remembered as told of. */
const MAX_RULES = 100;

export type TemplateListener = (template: Template) => void;

export interface TemplateSourceOptions {
  readonly rpc: Pick<RpcClient, "getBlock" | "getBlockTemplate">;
  readonly coin: Coin;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Whether new blocks are announced by another way; polls come closer together while they are not (spec/07 §14). */
  readonly isAnnounced?: () => boolean;
  /** Longest wait for the answer to a poll; the client's own time-out by default. */
  readonly pollTimeoutMs?: number;
  /** A poll brought no usable template. */
  readonly onFailure?: (reason: string) => void;
}

/**
 * Follows the daemon's block template (spec/07 §7): asks every 15 s, and by long poll, which brings a new block at once.
 *
 * Life: nothing happens before `start`. When `stop` has resolved, no call and no timer of it is left and no listener is
 * called any more; connections belong to the RPC client. Not started twice.
 *
 * An error is logged and the last template stays; how old it may be is for the user of it to say, by `lastContact`.
 */
export class TemplateSource {
  private readonly rpc: TemplateSourceOptions["rpc"];
  private readonly coin: Coin;
  private readonly clock: Clock;
  private readonly logger: Logger | undefined;
  private readonly isAnnounced: () => boolean;
  private readonly options: TemplateSourceOptions;
  private readonly listeners = new Set<TemplateListener>();
  private readonly throttle: ErrorThrottle;
  private readonly ending = new AbortController();
  private loops: Promise<unknown> | null = null;

  private template: Template | null = null;
  private longPollId: string | undefined;
  /** On the monotonic clock, so that a step of the wall clock does not look like a silence. */
  private contactMs: number | null = null;
  private latency: number | null = null;
  private failure: Error | null = null;
  /** Counts published templates: an answer asked for before another one came may be the older of the two. */
  private published = 0;
  private wake = new AbortController();
  /** Ends the calls to a daemon that is not asked any more. */
  private asking = new AbortController();
  private announcedAtMs = Number.NEGATIVE_INFINITY;
  private followUps: number[] = [];
  private warnedOfSubsidy = false;
  private readonly warnedOfRules = new Set<string>();

  constructor(options: TemplateSourceOptions) {
    this.options = options;
    this.rpc = options.rpc;
    this.coin = options.coin;
    this.clock = options.clock;
    this.logger = options.logger;
    this.isAnnounced = options.isAnnounced ?? (() => true);
    this.throttle = new ErrorThrottle({ clock: options.clock });
  }

  get current(): Template | null {
    return this.template;
  }

  /** When the daemon last gave a usable template, seconds since 1970. */
  get lastContact(): number | null {
    if (this.contactMs === null) return null;
    return this.clock.now() - (this.clock.monotonicMs() - this.contactMs) / 1000;
  }

  /** How long the daemon took for the last template that was polled for, seconds; null before the first. */
  get latencySeconds(): number | null {
    return this.latency;
  }

  /** Why there is no newer template; null after a success. */
  get lastError(): Error | null {
    return this.failure;
  }

  start(): void {
    this.loops ??= Promise.all([this.pollLoop(), this.longPollLoop()]);
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.asking.abort();
    this.wake.abort();
    await this.loops;
    this.listeners.clear();
  }

  /** Called for each template from now on, also when little or nothing changed: compare what you use. */
  subscribe(listener: TemplateListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** A new block was announced by another way (the coin's P2P): ask now, and again until the template follows. */
  blockAnnounced(): void {
    const now = this.clock.monotonicMs();
    if (now - this.announcedAtMs < DEBOUNCE_MS) return;
    this.announcedAtMs = now;
    this.followUps = [...FOLLOW_UP_MS];
    this.wake.abort();
  }

  /** Another daemon is to be asked: nothing that the one before may still say counts. */
  daemonChanged(): void {
    this.asking.abort();
    this.asking = new AbortController();
    this.longPollId = undefined;
    this.wake.abort();
  }

  private get isEnding(): boolean {
    return this.ending.signal.aborted;
  }

  private async pollLoop(): Promise<void> {
    while (!this.isEnding) {
      // Renewed before the request, so that an announcement during it is not lost.
      this.wake = new AbortController();
      const before = { published: this.published, previous: this.template?.previousBlock };
      const answer = await this.ask(undefined);
      if (this.isEnding) return;
      // The long poll was faster, and which of the two is newer cannot be told: ask again.
      if (answer !== null && before.published !== this.published) continue;
      if (answer !== null) this.publish(answer);
      await this.waitForNextPoll(this.template?.previousBlock === before.previous);
    }
  }

  private async waitForNextPoll(isUnchanged: boolean): Promise<void> {
    if (!isUnchanged) this.followUps = [];
    const followUp = this.followUps.shift();
    const pollMs = this.isAnnounced() ? POLL_MS : UNANNOUNCED_POLL_MS;
    const pause = followUp ?? (this.failure === null ? pollMs : RETRY_MS);
    if (!this.isEnding) await sleep(this.clock, pause, this.wake.signal);
  }

  private async longPollLoop(): Promise<void> {
    while (!this.isEnding) {
      const id = this.longPollId;
      if (id === undefined) {
        // The first poll's answer has one; some daemons never give one.
        await this.nextTemplate();
        continue;
      }
      const started = this.clock.monotonicMs();
      const answer = await this.ask(id);
      if (this.isEnding) return;
      const previous = this.template?.previousBlock;
      if (answer !== null) this.publish(answer);
      const isNews = answer !== null && this.template?.previousBlock !== previous;
      const isQuick = this.clock.monotonicMs() - started < LONG_POLL_PAUSE_MS;
      if (answer === null) await sleep(this.clock, RETRY_MS, this.ending.signal);
      else if (isQuick && !isNews) await sleep(this.clock, LONG_POLL_PAUSE_MS, this.ending.signal);
    }
  }

  /** Resolves when a template is published, or at the end. */
  private nextTemplate(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        unsubscribe();
        this.ending.signal.removeEventListener("abort", done);
        resolve();
      };
      const unsubscribe = this.subscribe(done);
      this.ending.signal.addEventListener("abort", done, { once: true });
    });
  }

  /** Null after an error, which is noted. */
  private async ask(longpollid: string | undefined): Promise<Answer | null> {
    const { signal } = this.asking;
    const startedMs = this.clock.monotonicMs();
    try {
      const { pollTimeoutMs } = this.options;
      const limit = longpollid === undefined && pollTimeoutMs !== undefined ? { timeoutMs: pollTimeoutMs } : {};
      const request = { rules: this.coin.daemon.templateRules, ...(longpollid === undefined ? {} : { longpollid }) };
      const answer = await this.rpc.getBlockTemplate(request, { signal, ...limit });
      if (longpollid === undefined) this.latency = (this.clock.monotonicMs() - startedMs) / 1000;
      const height = answer.height ?? (await this.rpc.getBlock(answer.previousblockhash, 1, { signal })).height + 1;
      const template = await readTemplate(answer, height, this.clock.now());
      if (signal.aborted) return null;
      return { template, longPollId: answer.longpollid };
    } catch (error) {
      if (!signal.aborted) this.note(error, longpollid !== undefined);
      return null;
    }
  }

  private note(error: unknown, isLongPoll: boolean): void {
    // A long poll that outlasts its time means that there was nothing new.
    if (isLongPoll && error instanceof RpcClientError && error.code === "RPC_TIMEOUT") return;
    // What a long poll suffers, the polls meet too; only they decide whether the daemon is lost: now, if the connection broke.
    if (isLongPoll && error instanceof RpcClientError && error.code === "RPC_CONNECTION") this.wake.abort();
    if (!isLongPoll) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.options.onFailure?.(errorMessage(error));
    }
    const code = error instanceof P2PoolError ? error.code : "UNEXPECTED";
    if (!this.throttle.shouldLog(isLongPoll ? `long poll ${code}` : code)) return;
    const what = isLongPoll ? "waiting for the next block template" : "getting a block template";
    const isExpected = error instanceof P2PoolError;
    // A line without a stack for what daemons do; the whole error for what they should not.
    this.logger?.warn(isExpected ? { code } : { code, err: error }, `${what} failed: ${errorMessage(error)}`);
  }

  private publish({ template, longPollId }: Answer): void {
    this.published++;
    this.template = template;
    this.longPollId = longPollId;
    this.contactMs = this.clock.monotonicMs();
    this.failure = null;
    if (this.throttle.recovered()) this.logger?.info({ height: template.height }, "the daemon gives templates again");
    this.checkSubsidy(template);
    this.checkRules(template);
    for (const listener of [...this.listeners]) {
      try {
        listener(template);
      } catch (error) {
        this.logger?.error({ err: error }, "a listener for block templates failed");
      }
    }
  }

  /** The daemon knows its chain better than our table does, so it wins; but somebody should look (spec/07 §6.1). */
  private checkSubsidy(template: Template): void {
    let most = subsidyAtHeight(this.coin, template.height);
    for (const { fee } of template.transactions) {
      if (fee === null) return;
      most += fee;
    }
    if (template.subsidy <= most || this.warnedOfSubsidy) return;
    this.warnedOfSubsidy = true;
    const { height, subsidy } = template;
    this.logger?.warn({ height, subsidy: String(subsidy), most: String(most) }, "the template pays more than expected");
  }

  /** Names that are not binding are worth a line each; of the others the work maker tells. */
  private checkRules({ rules }: Template): void {
    for (const rule of unknownRules(this.coin, rules).harmless) {
      if (this.warnedOfRules.has(rule) || this.warnedOfRules.size >= MAX_RULES) continue;
      this.warnedOfRules.add(rule);
      this.logger?.warn(
        { rule },
        "the template has a rule that this version does not know, and may be mined without it",
      );
    }
  }
}

interface Answer {
  readonly template: Template;
  readonly longPollId: BlockTemplate["longpollid"];
}
