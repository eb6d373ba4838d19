import { loadShare, ShareRules, Tracker } from "../src/sharechain/index.js";
import { type PlainShare, plainWeights } from "../test/support/plain-pplns.js";
import { chainNetwork, NO_DAEMON, NOW, recordedShares } from "./support/chains.js";
import { type Bench, processorSeconds } from "./support/harness.js";
import { hashingOf } from "./support/hashing.js";

/** Shares for which the plain implementation sums the window anew; the rest is scaled. */
const PLAIN_SAMPLE = 50;
const RUNS = 5;

/** Verifies a whole chain cold, beside the hashing that nobody can avoid and beside the plain sum. */
export const verifyChain: Bench = {
  name: "verify-chain",
  async run() {
    const raws = recordedShares();
    const cold = verify(raws);
    // The hashing is timed once everything is compiled, so what it is compared with is too; of each the best of a few runs,
    // in turn, in processor time, since machines are seldom idle.
    let warm = verify(raws);
    let hashing = hashingSeconds(warm.tracker);
    for (let i = 1; i < RUNS; i++) {
      const again = verify(raws);
      hashing = Math.min(hashing, hashingSeconds(again.tracker));
      if (again.seconds < warm.seconds) warm = again;
    }
    const { tracker } = warm;
    const plain = plainSeconds(tracker) * (raws.length / PLAIN_SAMPLE);
    return [
      { what: "shares verified, 200 payees", value: raws.length, unit: "shares" },
      {
        what: "load and verify, first time",
        value: raws.length / cold.seconds,
        unit: "shares/s",
        note: "at least 10,000",
      },
      { what: "load and verify, compiled", value: raws.length / warm.seconds, unit: "shares/s" },
      { what: "of it loading (decoding, proof of work)", value: warm.loadSeconds / warm.seconds, unit: "part" },
      { what: "only the hashing of the same bytes", value: raws.length / hashing, unit: "shares/s" },
      { what: "compiled against only hashing", value: warm.seconds / hashing, unit: "×", note: "at most 4" },
      { what: "plain sums of the window alone, against all of it", value: plain / warm.seconds, unit: "×" },
    ];
  },
};

function verify(raws: readonly Uint8Array[]): { tracker: Tracker; seconds: number; loadSeconds: number } {
  const tracker = new Tracker(new ShareRules(chainNetwork()));
  const started = processorSeconds();
  const shares = raws.map((raw) => loadShare(raw, tracker.rules));
  const loaded = processorSeconds();
  for (const share of shares) {
    const verdict = tracker.verify(tracker.add(share, 0)!, NOW, NO_DAEMON);
    if (!verdict.ok) throw new Error(verdict.reason);
  }
  const ended = processorSeconds();
  return { tracker, seconds: ended - started, loadSeconds: loaded - started };
}

function hashingSeconds(tracker: Tracker): number {
  const hashing = hashingOf([...tracker.main.all()], tracker);
  const started = processorSeconds();
  hashing();
  return processorSeconds() - started;
}

function plainSeconds(tracker: Tracker): number {
  const shares = new Map<string, PlainShare>();
  for (const { item } of tracker.main.all()) {
    const { id, parentId, address, work, info } = item.share;
    shares.set(id, { id, parent: parentId, address, work, donation: info.data.donation });
  }
  const tips = [...tracker.main.all()].slice(-PLAIN_SAMPLE);
  const started = processorSeconds();
  for (const tip of tips) plainWeights(shares, tip.parent!.parent!.id, 8639, 2n ** 255n);
  return processorSeconds() - started;
}
