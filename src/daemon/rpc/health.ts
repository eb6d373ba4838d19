import type { Clock } from "../../platform/clock.js";
import { type RpcClientError, RpcError } from "./errors.js";

/** `degraded`: alive but warming up or overloaded, or the last call or two failed. */
export type RpcHealthState = "degraded" | "down" | "unknown" | "up";

export interface RpcHealth {
  readonly state: RpcHealthState;
  /** Seconds since 1970; null before the first. */
  readonly lastSuccessAt: number | null;
  readonly lastError: RpcClientError | null;
  /** Moving mean over some ten calls. */
  readonly latencyMs: number | null;
  /** Calls since the last answer. */
  readonly failures: number;
}

export type RpcHealthListener = (health: RpcHealth) => void;

/** Calls without an answer in a row after which a daemon that had answered counts as down. */
const FAILURES_UNTIL_DOWN = 3;
const LATENCY_WEIGHT = 0.1;

/** What the calls of a client say about its daemon (spec/14 §10): a view, not a switch; calls are made in every state. */
export class HealthTracker {
  private readonly clock: Clock;
  private readonly listeners = new Set<RpcHealthListener>();
  private health: RpcHealth = { state: "unknown", lastSuccessAt: null, lastError: null, latencyMs: null, failures: 0 };

  constructor({ clock }: { readonly clock: Clock }) {
    this.clock = clock;
  }

  get current(): RpcHealth {
    return this.health;
  }

  /** Called when the state changes. */
  subscribe(listener: RpcHealthListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** @param isTimed whether the time says something: that of a long poll does not. */
  answered(durationMs: number, isTimed: boolean): void {
    const { latencyMs } = this.health;
    const mean = latencyMs === null ? durationMs : latencyMs + LATENCY_WEIGHT * (durationMs - latencyMs);
    this.move({
      state: "up",
      lastSuccessAt: this.clock.now(),
      lastError: null,
      latencyMs: isTimed ? mean : latencyMs,
      failures: 0,
    });
  }

  /** A refusal is an answer as well; what is none, and what says that it will take a while, is trouble. */
  failed(error: RpcClientError, durationMs: number, isTimed: boolean): void {
    if (error instanceof RpcError && !error.retryable) {
      this.answered(durationMs, isTimed);
      return;
    }
    const isAlive = error.code === "RPC_WARMUP" || error.code === "RPC_BUSY";
    const failures = isAlive ? 0 : this.health.failures + 1;
    const isDown = !isAlive && (this.health.state === "unknown" || failures >= FAILURES_UNTIL_DOWN);
    const state = isDown || (!isAlive && this.health.state === "down") ? "down" : "degraded";
    this.move({ ...this.health, state, lastError: error, failures });
  }

  private move(health: RpcHealth): void {
    const before = this.health.state;
    this.health = health;
    if (before !== health.state) for (const listener of [...this.listeners]) listener(health);
  }
}
