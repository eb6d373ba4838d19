import type { AlertDraft } from "./alert.js";

export interface SeenWorker {
  readonly name: string;
  /** Seconds since 1970; null without a valid submission. */
  readonly lastSubmitAt: number | null;
}

interface Watched {
  /** As last seen, only to notice that there is a newer one: the wall clock may step. */
  submittedAt: number;
  /** From the first to the last submission of a time at work. */
  firstMs: number;
  lastMs: number;
  /** Since when nothing has come; the time in which the node gave no work is left out. */
  idleSinceMs: number;
  isDown: boolean;
}

/** Without a submission for so long a worker is down, if it was at work for as long before. */
const DOWN_AFTER_MS = 600_000;
/** One that stays away is forgotten. */
const FORGET_MS = 86_400_000;
const MAX_WORKERS = 10_000;
/** Names in one message. */
const MAX_NAMES = 10;

/** Notices workers that stop, and those that come back: a farm that loses its power is one message. */
export class WorkerWatch {
  private readonly workers = new Map<string, Watched>();

  /** `isServed`: whether the node gives work; without it nobody can be at work. */
  look(seen: readonly SeenWorker[], isServed: boolean, nowMs: number): readonly AlertDraft[] {
    const back: string[] = [];
    for (const { name, lastSubmitAt } of seen) {
      if (lastSubmitAt === null) continue;
      const known = this.workers.get(name);
      if (known === undefined) {
        if (this.workers.size >= MAX_WORKERS) continue;
        this.workers.set(name, {
          submittedAt: lastSubmitAt,
          firstMs: nowMs,
          lastMs: nowMs,
          idleSinceMs: nowMs,
          isDown: false,
        });
      } else if (known.submittedAt !== lastSubmitAt) {
        if (known.isDown) back.push(name);
        if (nowMs - known.idleSinceMs >= DOWN_AFTER_MS) known.firstMs = nowMs;
        known.submittedAt = lastSubmitAt;
        known.lastMs = nowMs;
        known.idleSinceMs = nowMs;
        known.isDown = false;
      }
    }
    const down = this.findDown(isServed, nowMs);
    return [...describe(down, "raised"), ...describe(back, "over")];
  }

  private findDown(isServed: boolean, nowMs: number): string[] {
    const down: string[] = [];
    for (const [name, worker] of this.workers) {
      // The time without work is not held against anybody.
      if (!isServed && !worker.isDown) worker.idleSinceMs = nowMs;
      if (nowMs - worker.lastMs > FORGET_MS) this.workers.delete(name);
      if (worker.isDown || nowMs - worker.idleSinceMs < DOWN_AFTER_MS) continue;
      // Whoever only looked in is not missed.
      if (worker.lastMs - worker.firstMs < DOWN_AFTER_MS) continue;
      worker.isDown = true;
      down.push(name);
    }
    return down;
  }
}

function describe(names: readonly string[], state: "over" | "raised"): AlertDraft[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MAX_NAMES).join(", ");
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  const what = names.length === 1 ? "worker" : `${names.length} workers`;
  const isOver = state === "over";
  return [
    {
      event: "worker_down",
      state,
      severity: isOver ? "info" : "warning",
      title: isOver ? `${what} back` : `${what} down`,
      text: isOver
        ? `at work again: ${shown}${more}`
        : `no work for ${DOWN_AFTER_MS / 60_000} minutes: ${shown}${more}`,
      data: { workers: names },
    },
  ];
}
