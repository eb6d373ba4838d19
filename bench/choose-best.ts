import { seededRandom } from "../src/core/random.js";
import { chooseBest, loadShare, type ShareNode, ShareRules, Tracker } from "../src/sharechain/index.js";
import { chainNetwork, extend, fill, mint, NO_DAEMON, NOW, recordedShares } from "./support/chains.js";
import { type Bench, median, type Row, timeOf } from "./support/harness.js";
import { hashingOf } from "./support/hashing.js";

const ROUNDS = 200;

/**
 * The evaluation after one new share on top. It looks at the blocks that a sixteenth of the network's chain length names, so
 * it costs more on a network of longer chains, and the same however many shares are known.
 */
export const choose: Bench = {
  name: "choose-best",
  async run() {
    const raws = recordedShares();
    const short = new Tracker(new ShareRules({ ...chainNetwork(), chainLength: 1920, realChainLength: 1920 }));
    const shortTip = fillAgain(short, raws, 2000);
    const long = new Tracker(new ShareRules(chainNetwork()));
    const middleTip = fill(long, raws);
    const rows = [...row(short, shortTip), ...row(long, middleTip)];
    const known = long.main.size;
    const longTip = extend(long, long.main.heads().next().value!, 17_280 - known);
    return [...rows, ...row(long, longTip)];
  },
};

function row(tracker: Tracker, tip: ShareNode): Row[] {
  const { chainLength } = tracker.rules.network;
  const what = `new share on ${tracker.main.size} shares, chain length ${chainLength}`;
  const { took, least } = evaluate(tracker, tip);
  return [
    { what, value: took, unit: "ms", note: "below 1" },
    { what: `${what}: against the share's hashing alone`, value: took / least, unit: "×" },
  ];
}

/** Another chain length is other consensus: the shares are made anew. */
function fillAgain(tracker: Tracker, raws: readonly Uint8Array[], count: number): ShareNode {
  const first = fill(tracker, raws.slice(0, 100));
  return extend(tracker, first, count - 100);
}

/** Medians in milliseconds: of the evaluation, and of the hashing that verifying the share takes. */
function evaluate(tracker: Tracker, from: ShareNode): { took: number; least: number } {
  const random = seededRandom(3);
  chooseBest(tracker, NO_DAEMON, NOW, random);
  let tip = from;
  const times: number[] = [];
  const hashing: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const raw = mint(tracker, tip, tip.item.share.address, random);
    const share = loadShare(raw, tracker.rules);
    tip = tracker.add(share, i + 1)!;
    times.push(
      timeOf(() => {
        const decision = chooseBest(tracker, NO_DAEMON, NOW, random);
        if (decision.outcome !== "decided" || decision.best?.id !== tip.id)
          throw new Error("the new share is not best");
      }),
    );
    hashing.push(timeOf(hashingOf([tip], tracker)));
  }
  return { took: median(times), least: median(hashing) };
}
