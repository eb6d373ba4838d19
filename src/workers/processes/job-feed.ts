import type { Clock } from "../../platform/clock.js";
import type { Job, JobId, JobRequest, WorkEvent, WorkRefusal } from "../../work/job.js";
import type { Limits } from "../limits.js";
import { OWN_REQUEST, type WorkMessage } from "./messages.js";
import type { WorkHub } from "./work-hub.js";

/** Where work goes. `written` is called when the channel took it. */
export type SendWork = (message: WorkMessage, written: () => void) => void;

/** Requests that are answered in one message. */
const PORTION = 32;

/** A worker process as the feed sees it: what it has asked for, and what of that it has. */
export class Fed {
  readonly requests = new Map<number, JobRequest>([[OWN_REQUEST, { payee: null, shareDifficulty: null }]]);
  readonly unanswered = new Set<number>([OWN_REQUEST]);
  /** Since the last event. */
  readonly jobs = new Set<JobId>();
  readonly send: SendWork;
  /** An event that it was not told of. */
  reason: WorkEvent["reason"] | null = "block";
  /** The channel has not taken the last message yet. */
  isFull = false;

  constructor(send: SendWork) {
    this.send = send;
  }
}

/**
 * Gives worker processes their work: at each event the jobs for all that they have asked for, in portions, so that those that are
 * ready go out while others are made. One that is slow to take them gets the latest event only.
 */
export class JobFeed {
  private readonly work: WorkHub;
  private readonly clock: Clock;
  private readonly limits: Pick<Limits, "fanoutSliceMs">;
  private readonly connections: () => number;
  private readonly processes = new Set<Fed>();
  private due: NodeJS.Immediate | null = null;
  private refusal: string | null = null;

  constructor(options: {
    work: WorkHub;
    clock: Clock;
    limits: Pick<Limits, "fanoutSliceMs">;
    /** Of the whole node. */
    connections: () => number;
  }) {
    this.work = options.work;
    this.clock = options.clock;
    this.limits = options.limits;
    this.connections = options.connections;
  }

  add(fed: Fed): void {
    this.processes.add(fed);
    this.schedule();
  }

  remove(fed: Fed): void {
    this.processes.delete(fed);
  }

  stop(): void {
    this.processes.clear();
    if (this.due !== null) clearImmediate(this.due);
  }

  wanted(fed: Fed, requests: readonly (readonly [number, JobRequest])[]): void {
    for (const [id, request] of requests) {
      fed.requests.set(id, request);
      fed.unanswered.add(id);
    }
    this.schedule();
  }

  unwanted(fed: Fed, requests: readonly number[]): void {
    for (const id of requests) {
      fed.requests.delete(id);
      fed.unanswered.delete(id);
    }
  }

  workChanged({ reason }: WorkEvent): void {
    for (const fed of this.processes) {
      fed.reason = stronger(fed.reason, reason);
      this.askAll(fed);
      fed.jobs.clear();
    }
    this.schedule();
  }

  /** Work may end without an event, as when the daemon is not heard of any more. To be called now and then. */
  lookForRefusal(): void {
    const refusal = this.work.refusal();
    if (refusal === this.refusal) return;
    this.refusal = refusal;
    for (const fed of this.processes) this.askAll(fed);
    this.schedule();
  }

  private askAll(fed: Fed): void {
    // The own request first.
    for (const id of fed.requests.keys()) fed.unanswered.add(id);
  }

  /** In a turn of its own, so that several events at once become one. */
  private schedule(): void {
    this.due ??= setImmediate(() => {
      this.due = null;
      const endMs = this.clock.monotonicMs() + this.limits.fanoutSliceMs;
      let isLeft = true;
      while (isLeft && this.clock.monotonicMs() < endMs) {
        isLeft = false;
        for (const fed of this.processes) {
          if (fed.isFull || (fed.reason === null && fed.unanswered.size === 0)) continue;
          this.feed(fed);
          if (fed.unanswered.size > 0) isLeft = true;
        }
      }
      if (isLeft) this.schedule();
    });
  }

  private feed(fed: Fed): void {
    const jobs: Job[] = [];
    const answers: [number, JobId | WorkRefusal][] = [];
    for (const id of fed.unanswered) {
      fed.unanswered.delete(id);
      const answer = this.work.jobWithoutFee(fed.requests.get(id)!);
      if ("refused" in answer) answers.push([id, answer]);
      else {
        answers.push([id, answer.id]);
        if (!fed.jobs.has(answer.id)) jobs.push(answer);
        fed.jobs.add(answer.id);
      }
      if (answers.length === PORTION) break;
    }
    const { reason } = fed;
    fed.reason = null;
    fed.isFull = true;
    const tipEvent = this.work.currentTip;
    fed.send({ kind: "work", reason, tipEvent, connections: this.connections(), jobs, answers }, () => {
      fed.isFull = false;
      if (fed.reason !== null || fed.unanswered.size > 0) this.schedule();
    });
  }
}

const STRENGTH = { refresh: 0, tip: 1, block: 2 } as const satisfies Record<WorkEvent["reason"], number>;

function stronger(known: WorkEvent["reason"] | null, other: WorkEvent["reason"]): WorkEvent["reason"] {
  return known === null || STRENGTH[other] > STRENGTH[known] ? other : known;
}
