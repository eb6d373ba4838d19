import type { Clock, Timer } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import type { Warning } from "../../web/view.js";
import { DAEMON_RULES } from "./daemon-rules.js";
import type { Found, Rule, WarningFacts } from "./facts.js";
import { MACHINE_RULES } from "./machine-rules.js";
import { MINING_RULES } from "./mining-rules.js";
import { PEER_RULES } from "./peer-rules.js";

export interface WarningWatchOptions {
  readonly facts: () => WarningFacts;
  readonly clock: Clock;
  readonly log: Logger;
  /** One was raised, or is over. */
  readonly onChange: (warning: Warning, isOver: boolean) => void;
}

const PERIOD_MS = 5_000;
/** One that stays is told again after this time (spec/08 §9). */
const REPEAT_MS = 3_600_000;
/** In the order of spec/12 A.3, the others after them. */
const RULES: readonly Rule[] = [...MINING_RULES, ...DAEMON_RULES, ...PEER_RULES, ...MACHINE_RULES];

interface Raised {
  warning: Warning;
  toldMs: number;
  /** Its text without the figures in it: they change all the time. */
  gist: string;
}

/** All that an operator should know now, by the rules alone; at most one of each id. */
export function findWarnings(facts: WarningFacts): readonly Found[] {
  return RULES.flatMap((rule) => rule(facts) ?? []);
}

/**
 * Looks every few seconds for what an operator should know, and keeps since when it is so. Tells the log of each warning
 * when it is raised, when it says something else, once an hour while it stays, and when it is over.
 *
 * Life: one timer between `start` and `stop`.
 */
export class WarningWatch {
  private readonly options: WarningWatchOptions;
  private readonly raised = new Map<string, Raised>();
  private timer: Timer | null = null;

  constructor(options: WarningWatchOptions) {
    this.options = options;
  }

  /** In the order of the rules. */
  get current(): readonly Warning[] {
    return [...this.raised.values()].map(({ warning }) => warning);
  }

  start(): void {
    this.timer ??= this.options.clock.every(PERIOD_MS, () => this.look());
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  look(): void {
    const { facts, clock, onChange, log } = this.options;
    const now = clock.now();
    const nowMs = clock.monotonicMs();
    const before = new Map(this.raised);
    this.raised.clear();
    for (const found of findWarnings(facts())) {
      const known = before.get(found.id);
      const gist = `${found.severity} ${found.text.replaceAll(/[0-9a-f]{16,}|\d+(\.\d+)?/g, "#")}`;
      const warning = { ...found, sinceAt: known?.warning.sinceAt ?? now };
      const isTold = known !== undefined && known.gist === gist && nowMs - known.toldMs < REPEAT_MS;
      this.raised.set(found.id, { warning, gist, toldMs: isTold ? known.toldMs : nowMs });
      if (!isTold) this.tell(warning);
      if (known === undefined) onChange(warning, false);
    }
    for (const [id, { warning }] of before) {
      if (this.raised.has(id)) continue;
      log.info({ warning: id, seconds: Math.round(now - warning.sinceAt) }, `this is over: ${warning.text}`);
      onChange(warning, true);
    }
  }

  private tell({ id, severity, text }: Warning): void {
    const { log } = this.options;
    if (severity === "error") log.error({ warning: id }, text);
    else if (severity === "warning") log.warn({ warning: id }, text);
    else log.info({ warning: id }, text);
  }
}
