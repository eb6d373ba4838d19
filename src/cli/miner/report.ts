import { formatDifficulty, formatHashRate } from "../../core/format.js";
import type { Clock } from "../../platform/clock.js";
import type { CpuMiner } from "./cpu-miner.js";

/** What a miner does, as lines for people or as one JSON object a line. */
export class MinerReport {
  private readonly clock: Clock;
  private readonly json: boolean;
  private readonly print: (line: string) => void;
  private readonly startedAt: number;
  private hashRate: number | null = null;
  private difficulty: number | null = null;
  private lastRejected = Number.NEGATIVE_INFINITY;
  accepted = 0;
  rejected = 0;

  constructor(options: { miner: CpuMiner; clock: Clock; json: boolean; print: (line: string) => void }) {
    const { clock, json, miner, print } = options;
    this.clock = clock;
    this.json = json;
    this.print = print;
    this.startedAt = clock.now();
    miner.on("connected", () => this.tell("connected", {}, "connected"));
    miner.on("lost", () => this.tell("lost", {}, "connection lost, trying again"));
    miner.on("job", ({ difficulty, id, clean }) => this.job(id, difficulty, clean));
    miner.on("accepted", () => this.submitted(true, null));
    miner.on("rejected", ({ code, reason }) => this.submitted(false, reason ?? `error ${code}`));
    miner.on("message", (text) => this.tell("message", { text }, `the pool says: ${text}`));
    miner.on("error", ({ message }) => this.tell("error", { message }, message));
    miner.on("hashrate", (hashRate) => {
      this.hashRate = hashRate;
    });
  }

  /** The line of every few seconds. */
  rate(): void {
    const { accepted, difficulty, hashRate, rejected } = this;
    const text = `${formatHashRate(hashRate)}, difficulty ${formatDifficulty(difficulty)}, ${this.counts}`;
    this.tell("rate", { hashRate, difficulty, accepted, rejected }, text);
  }

  /** The last line. */
  summary(): void {
    const seconds = Math.round(this.clock.now() - this.startedAt);
    this.tell(
      "finished",
      { seconds, accepted: this.accepted, rejected: this.rejected },
      `${this.counts} in ${seconds} s`,
    );
  }

  private get counts(): string {
    return `${this.accepted} accepted, ${this.rejected} rejected`;
  }

  private job(id: string, difficulty: number, clean: boolean): void {
    const isNew = difficulty !== this.difficulty;
    this.difficulty = difficulty;
    if (this.json) this.tell("job", { id, difficulty, clean }, "");
    else if (isNew) this.tell("job", {}, `difficulty ${formatDifficulty(difficulty)}`);
  }

  private submitted(isAccepted: boolean, reason: string | null): void {
    if (isAccepted) this.accepted++;
    else this.rejected++;
    if (this.json) this.tell(isAccepted ? "accepted" : "rejected", isAccepted ? {} : { reason }, "");
    else if (isAccepted && this.accepted === 1) this.tell("accepted", {}, "first solution accepted");
    else if (!isAccepted && this.clock.now() - this.lastRejected >= 1) {
      this.lastRejected = this.clock.now();
      this.tell("rejected", {}, `rejected: ${reason}`);
    }
  }

  private tell(type: string, data: object, text: string): void {
    const at = new Date(1000 * this.clock.now()).toISOString();
    this.print(this.json ? JSON.stringify({ at, type, ...data }) : `${at.slice(11, 19)}  ${text}`);
  }
}
