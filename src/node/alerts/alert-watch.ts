import type { Clock, Timer } from "../../platform/clock.js";
import type { Warning } from "../../web/view.js";
import type { NodeEvent } from "../events.js";
import type { Alert, AlertDraft } from "./alert.js";
import { Debounce } from "./debounce.js";
import { type SeenWorker, WorkerWatch } from "./worker-watch.js";

/** The node as alerts look at it. */
export interface AlertFacts {
  /** Why no work is given; null if it is. */
  readonly refusal: string | null;
  readonly warnings: readonly Warning[];
  readonly workers: readonly SeenWorker[];
}

export interface AlertWatchOptions {
  readonly facts: () => AlertFacts;
  readonly network: string;
  /** Of the coin, for amounts. */
  readonly symbol: string;
  readonly clock: Clock;
  readonly send: (alert: Alert) => void;
}

const PERIOD_MS = 5_000;
/** A daemon that restarts, peers that come and go: nothing to wake anybody for. */
const HEALTH = { raiseAfterMs: 120_000, clearAfterMs: 60_000 };
const STALE = { raiseAfterMs: 600_000, clearAfterMs: 1_800_000 };
/** A node that has never been ready may be at its first sync for so long. */
const FIRST_READY_MS = 1_800_000;
/** Blocks whose end was told. */
const MAX_BLOCKS = 100;

/**
 * Decides what an operator is told who is not looking: blocks, workers that stop, a node that gives no work or has an alarm,
 * and a high stale rate; each with the message that it is well again, and none for what passes by itself.
 *
 * Life: one timer between `start` and `stop`.
 */
export class AlertWatch {
  private readonly options: AlertWatchOptions;
  private readonly workers = new WorkerWatch();
  private readonly refusal = new Debounce(HEALTH);
  private readonly stale = new Debounce(STALE);
  private readonly alarms = new Map<string, { readonly debounce: Debounce; text: string }>();
  private readonly lost = new Set<string>();
  private reason = "";
  private wasReady = false;
  private startMs = 0;
  private timer: Timer | null = null;

  constructor(options: AlertWatchOptions) {
    this.options = options;
  }

  start(): void {
    const { clock } = this.options;
    this.startMs = clock.monotonicMs();
    this.timer ??= clock.every(PERIOD_MS, () => this.look());
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  event(event: NodeEvent): void {
    if (event.type === "block-found") {
      const { hash, height, worker, subsidy } = event;
      const amount = `${Number(subsidy) / 1e8} ${this.options.symbol}`;
      const text = `${worker} found block ${height}, worth ${amount}: ${hash}`;
      this.tell({
        event: "block_found",
        state: "news",
        severity: "info",
        title: "block found",
        text,
        data: { hash, height, worker, subsidySat: String(subsidy) },
      });
    }
    const isRefused = event.type === "block-judged" && event.accepted === false;
    const isOrphaned = event.type === "block-fate" && event.fate === "orphaned";
    if (!isRefused && !isOrphaned) return;
    const { hash, height } = event;
    if (this.lost.has(hash)) return;
    if (this.lost.size >= MAX_BLOCKS) this.lost.clear();
    this.lost.add(hash);
    const why = isRefused
      ? `refused by the coin daemon: ${event.reason ?? "no reason was given"}`
      : "the best chain goes past it";
    this.tell({
      event: "block_lost",
      state: "news",
      severity: "error",
      title: "block lost",
      text: `block ${height} is lost, ${why}: ${hash}`,
      data: { hash, height },
    });
  }

  look(): void {
    const { facts, clock } = this.options;
    const nowMs = clock.monotonicMs();
    const { refusal, warnings, workers } = facts();
    if (refusal === null) this.wasReady = true;
    const isExpected = this.wasReady || nowMs - this.startMs >= FIRST_READY_MS;
    if (refusal !== null) this.reason = refusal;
    const health = this.refusal.see(refusal !== null && isExpected, nowMs);
    if (health !== null) this.tell(unhealthy(health, `no work is given: ${this.reason}`, "no_work"));
    this.lookAtAlarms(warnings, nowMs);
    const staleRate = warnings.find(({ id }) => id === "stale_rate");
    const stale = this.stale.see(staleRate !== undefined, nowMs);
    if (stale !== null) {
      const isOver = stale === "over";
      const text = isOver ? "no more shares are lost than elsewhere" : staleRate!.text;
      this.tell({
        event: "stale_rate",
        state: stale,
        severity: isOver ? "info" : "warning",
        title: isOver ? "stale rate normal" : "stale rate high",
        text,
        data: {},
      });
    }
    for (const draft of this.workers.look(workers, refusal === null, nowMs)) this.tell(draft);
  }

  private lookAtAlarms(warnings: readonly Warning[], nowMs: number): void {
    const errors = new Map(warnings.flatMap(({ id, severity, text }) => (severity === "error" ? [[id, text]] : [])));
    for (const [id, text] of errors) {
      const known = this.alarms.get(id);
      if (known === undefined) this.alarms.set(id, { debounce: new Debounce(HEALTH), text });
      else known.text = text;
    }
    for (const [id, { debounce, text }] of this.alarms) {
      const news = debounce.see(errors.has(id), nowMs);
      if (news !== null) this.tell(unhealthy(news, text, id));
      if (!errors.has(id) && !debounce.isRaised) this.alarms.delete(id);
    }
  }

  private tell(draft: AlertDraft): void {
    const { clock, network, send } = this.options;
    send({ ...draft, title: `P2Pool ${network}: ${draft.title}`, at: clock.now(), network });
  }
}

function unhealthy(state: "over" | "raised", text: string, id: string): AlertDraft {
  const isOver = state === "over";
  return {
    event: "node_unhealthy",
    state,
    severity: isOver ? "info" : "error",
    title: isOver ? "node well again" : "node unhealthy",
    text: isOver ? `this is over: ${text}` : text,
    data: { id },
  };
}
