import { loadShare, type ShareNode, ShareRules, Tracker } from "../../src/sharechain/index.js";
import { redraft } from "../../src/sharechain/verify.js";
import { chainNetwork, fill, NO_DAEMON, NOW, recordedShares } from "./chains.js";
import { CountedPool } from "./counted-pool.js";
import { type Counts, countCalls } from "./counting.js";

// Prints as JSON what is done for shares on a full window of 200 payees, for work and for miners. A process of its own: others in the
// same would be counted too, and what they had made before would not be made again.

const MEASURED = 200;
const CONNECTIONS = 40;

async function countAll(): Promise<Readonly<Record<string, Counts>>> {
  const raws = recordedShares();
  const tracker = new Tracker(new ShareRules(chainNetwork()));
  const first = raws.length - MEASURED;
  let tip = fill(tracker, raws.slice(0, first));
  const verified = await countCalls(() => {
    for (const raw of raws.slice(first)) {
      tip = tracker.add(loadShare(raw, tracker.rules), 0)!;
      if (!tracker.verify(tip, NOW, NO_DAEMON).ok) throw new Error("not verified");
    }
  });
  const drafted = await countCalls(() => {
    for (let i = 0; i < MEASURED; i++) redraft(tip, [], tracker.rules, tracker.windows);
  });
  return {
    [`${MEASURED} shares loaded and verified`]: verified,
    [`${MEASURED} drafts on one tip`]: drafted,
    ...(await countWork(tracker, tip)),
  };
}

async function countWork(tracker: Tracker, tip: ShareNode): Promise<Readonly<Record<string, Counts>>> {
  const [before, middle] = [tip.ancestor(2)!, tip.ancestor(1)!];
  const pool = new CountedPool(tracker, before);
  await pool.start();
  try {
    const made = await countCalls(() => pool.makeFirstJob());
    await pool.connect(CONNECTIONS);
    const few = await countCalls(() => pool.moveTip(middle));
    await pool.connect(CONNECTIONS);
    const many = await countCalls(() => pool.moveTip(tip));
    return {
      [CountedPool.templateText]: made,
      [`a new tip to ${CONNECTIONS} connections of 4 addresses`]: few,
      [`a new tip to ${CONNECTIONS} connections more`]: difference(many, few),
    };
  } finally {
    await pool.stop();
  }
}

function difference(many: Counts, few: Counts): Counts {
  return Object.fromEntries(Object.entries(many).map(([kind, count]) => [kind, count - few[kind]!]));
}

console.log(JSON.stringify(await countAll()));
