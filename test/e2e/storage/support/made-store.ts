import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PoolNetwork } from "../../../../src/networks/index.js";
import { recordToStored } from "../../../../src/node/block-record.js";
import { systemClock } from "../../../../src/platform/clock.js";
import { createLogger } from "../../../../src/platform/log.js";
import { loadShare, ShareRules, Tracker } from "../../../../src/sharechain/index.js";
import { LevelDatabase } from "../../../../src/store/level-database.js";
import { Store } from "../../../../src/store/store.js";
import { TestChain } from "../../../unit/peers/support/chain.js";

/** Shares in the table, and as many more in the log. */
const SHARES = 60;
export const MADE_SHARES = 2 * SHARES;
const BLOCK = recordToStored({
  ...{ hash: "", height: 7, worker: "rig", subsidy: 5_000_000_000n, foundAt: 1_700_000_000, payees: [], donation: 0n },
  ...{ accepted: true, reason: null, fate: "accepted", confirmations: null, verdicts: [] },
});

/** A store with shares and a found block in a table and more of both in the log, as a run leaves it that was not the first. Returns a place of a share in the table. */
export async function makeStore(directory: string, network: PoolNetwork): Promise<number> {
  const chain = new TestChain({ network, clock: systemClock });
  const tip = chain.extend(2 * SHARES);
  const raws = [...tip.chain(2 * SHARES)].reverse().map(({ item }) => item.share.raw);
  const tracker = new Tracker(new ShareRules(network));
  for (const half of [0, 1, 2]) {
    const store = new Store({
      database: new LevelDatabase({ directory }),
      network,
      clock: systemClock,
      log: createLogger("silent"),
    });
    await store.start();
    for await (const _ of store.shares.load());
    store.shares.attach(tracker);
    // The second run makes a table of what the first wrote, and the third of nothing: it only adds to the log.
    if (half !== 1) {
      const from = half === 0 ? 0 : SHARES;
      for (const raw of raws.slice(from, from + SHARES)) {
        tracker.markVerified(tracker.add(loadShare(raw, tracker.rules), 0)!);
        await store.flush();
      }
      await store.blocks.put({ ...BLOCK, hash: `${half}`.repeat(64) }, new Uint8Array(300).fill(half));
    }
    await store.stop();
  }
  const table = readFileSync(join(directory, readdirSync(directory).find((name) => name.endsWith(".ldb"))!));
  // Compression leaves what is like nothing else as it is, mostly.
  const places = raws.slice(0, SHARES).map((raw) => table.indexOf(loadShare(raw, tracker.rules).powHash));
  const found = places.filter((at) => at >= 0);
  if (found.length < SHARES / 2) throw new Error("the shares are not to be found in the table");
  return found[found.length >> 1]!;
}

/** What is in a folder's files. */
export function fingerprint(directory: string): Map<string, string> {
  return new Map(
    readdirSync(directory)
      .filter((name) => !/^LO(?:CK|G(?:\.old)?)$/.test(name))
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(directory, name)))
          .digest("hex"),
      ]),
  );
}
