import { ShareRules, Tracker } from "../src/sharechain/index.js";
import { chainNetwork, fill, recordedShares } from "./support/chains.js";
import type { Bench } from "./support/harness.js";
import { NodeUnderTest } from "./support/node-under-test.js";

const PEERS = 200;
const SETTLE_MS = 3_000;

/** What connections that are quiet cost: a node with many of them beside the same node with one. */
export const idlePeers: Bench = {
  name: "idle-peers",
  async run() {
    const tip = fill(new Tracker(new ShareRules(chainNetwork())), recordedShares());
    const now = tip.item.share.info.timestamp + 1;
    const few = await resident(now, 1, tip.id);
    const many = await resident(now, PEERS + 1, tip.id);
    return [
      { what: `${PEERS} idle peers`, value: (many - few) / 2 ** 20, unit: "MB", note: "below 40" },
      { what: "one of them", value: (many - few) / PEERS / 1024, unit: "kB" },
    ];
  },
};

async function resident(now: number, peers: number, bestShare: string): Promise<number> {
  const node = await NodeUnderTest.start(now, peers, bestShare);
  try {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return await node.residentBytes();
  } finally {
    await node.stop();
  }
}
