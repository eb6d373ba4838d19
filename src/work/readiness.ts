import type { Template } from "../bitcoin/template.js";
import { unknownRules } from "../bitcoin/template-rules.js";
import type { ShareNode } from "../sharechain/share-node.js";
import type { Tracker } from "../sharechain/tracker.js";

/** A template older than this is worthless: the daemon is gone (spec/10 §7). Seconds. */
const TEMPLATE_MAX_AGE = 60;

interface ReadinessOptions {
  readonly tracker: Tracker;
  readonly solo: boolean;
  readonly peerCount: () => number;
  readonly daemonProblem?: (() => string | null) | undefined;
  /** Seconds since 1970. */
  now(): number;
}

/** Whether work may be handed out (spec/10 §7). Asked for each job. */
export class Readiness {
  private readonly options: ReadinessOptions;
  private checked: { readonly template: Template; readonly unknownRule: string | null } | null = null;

  constructor(options: ReadinessOptions) {
    this.options = options;
  }

  /** Why not, in the order of spec/10 §7; null if it may. `best`: the tip to build on. */
  refusal(template: Template | null, best: ShareNode | null): string | null {
    const { daemonProblem, now, peerCount, solo, tracker } = this.options;
    const mustWait = tracker.rules.network.persist && !solo;
    if (mustWait && peerCount() === 0) return "p2pool is not connected to any peers";
    if (template === null || now() > template.receivedAt + TEMPLATE_MAX_AGE) {
      const problem = daemonProblem?.() ?? null;
      return problem === null ? "lost contact with the coin daemon" : `waiting for the coin daemon: ${problem}`;
    }
    if (mustWait && best === null) return "p2pool is downloading shares";
    if (this.checked?.template !== template) {
      const [unknown] = unknownRules(tracker.rules.network.coin, template.rules).binding;
      this.checked = { template, unknownRule: unknown ?? null };
    }
    const { unknownRule } = this.checked;
    return unknownRule === null ? null : `unknown rule activated: ${unknownRule}`;
  }
}
