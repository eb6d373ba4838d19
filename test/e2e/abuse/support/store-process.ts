import { systemClock } from "../../../../src/platform/clock.js";
import { createLogger } from "../../../../src/platform/log.js";
import { decodeShare, loadShare, proveShare, ShareRules, Tracker } from "../../../../src/sharechain/index.js";
import { LevelDatabase } from "../../../../src/store/level-database.js";
import { LIMITS } from "../../../../src/store/limits.js";
import { Store } from "../../../../src/store/store.js";
import { easyNetwork } from "../../../unit/peers/support/chain.js";

/** What the process says: first what it found on disk, then each time how many of the shares that it was given are safe. */
export type StoreReport =
  | { readonly kind: "loaded"; readonly ids: readonly string[]; readonly invalid: number }
  | { readonly kind: "safe"; readonly count: number };

// A store and a tracker, which take in shares until the process is killed.
const network = easyNetwork();
const tracker = new Tracker(new ShareRules(network));
const store = new Store({
  database: new LevelDatabase({ directory: process.argv[2]! }),
  network,
  clock: systemClock,
  log: createLogger("warn"),
  limits: { ...LIMITS, flushMs: 5 },
});
await store.start();
let invalid = 0;
for await (const portion of store.shares.load()) {
  for (const { raw, powHash } of portion) {
    try {
      tracker.add(proveShare(decodeShare(raw, tracker.rules), powHash), 0);
      loadShare(raw, tracker.rules);
    } catch {
      invalid++;
    }
  }
}
store.shares.attach(tracker);
const report = (message: StoreReport): void => void process.send!(message);
report({ kind: "loaded", ids: [...tracker.main.all()].map(({ id }) => id), invalid });

let taken = 0;
process.on("message", (raws: readonly Uint8Array[]) => {
  for (const raw of raws) tracker.add(loadShare(raw, tracker.rules), 0);
  taken += raws.length;
  const count = taken;
  void store.flush().then(() => report({ kind: "safe", count }));
});
