import { loadShare, ShareRules, Tracker } from "../src/sharechain/index.js";
import { redraft } from "../src/sharechain/verify.js";
import { chainNetwork, fill, NO_DAEMON, NOW, recordedShares } from "./support/chains.js";
import { type Counts, countCalls } from "./support/counting.js";
import type { Bench } from "./support/harness.js";

const MEASURED = 200;

/**
 * What is done for shares on a full window of 200 payees, whatever the machine: of 200 shares loaded and verified, and of 200
 * drafts on one tip. A test compares with `bench/counts.json`.
 */
export function countAll(): Readonly<Record<string, Counts>> {
  const raws = recordedShares();
  const tracker = new Tracker(new ShareRules(chainNetwork()));
  const first = raws.length - MEASURED;
  let tip = fill(tracker, raws.slice(0, first));
  const verified = countCalls(() => {
    for (const raw of raws.slice(first)) {
      tip = tracker.add(loadShare(raw, tracker.rules), 0)!;
      if (!tracker.verify(tip, NOW, NO_DAEMON).ok) throw new Error("not verified");
    }
  });
  const drafted = countCalls(() => {
    for (let i = 0; i < MEASURED; i++) redraft(tip, [], tracker.rules, tracker.windows);
  });
  return { [`${MEASURED} shares loaded and verified`]: verified, [`${MEASURED} drafts on one tip`]: drafted };
}

export const counts: Bench = {
  name: "counts",
  async run() {
    return Object.entries(countAll()).flatMap(([of, kinds]) =>
      Object.entries(kinds).map(([kind, value]) => ({ what: `${of}: ${kind}`, value, unit: "in all" })),
    );
  },
};
