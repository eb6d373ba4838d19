import { ShareRules, Tracker } from "../src/sharechain/index.js";
import { chainNetwork, fill, recordedShares } from "./support/chains.js";
import type { Bench } from "./support/harness.js";
import { MinerServer } from "./support/miner-servers.js";
import { NodeUnderTest } from "./support/node-under-test.js";

const PEERS = 200;
/** Enough that a buffer more or less does not matter. */
const BARE = 2_000;
const SETTLE_MS = 3_000;

/** What connections that are quiet cost: a node with many of them beside the same node with one. */
export const idlePeers: Bench = {
  name: "idle-peers",
  async run() {
    const tip = fill(new Tracker(new ShareRules(chainNetwork())), recordedShares());
    const now = tip.item.share.info.timestamp + 1;
    const few = await used(now, 1, tip.id);
    const all = (await used(now, PEERS + 1, tip.id)) - few;
    const bare = await bareConnection();
    return [
      { what: `${PEERS} idle peers`, value: all / 2 ** 20, unit: "MB", note: "below 40" },
      { what: "one of them", value: all / PEERS / 1024, unit: "kB" },
      { what: "a connection of a server that does nothing", value: bare / 1024, unit: "kB", note: "lower bound" },
      { what: "a peer against that", value: all / PEERS / bare, unit: "×" },
    ];
  },
};

/** Bytes. */
async function bareConnection(): Promise<number> {
  const server = await MinerServer.start("./null-server-child.js");
  try {
    const before = await server.memory("used");
    await server.connect(BARE, null);
    return ((await server.memory("used")) - before) / BARE;
  } finally {
    await server.stop();
  }
}

/** Bytes of a node with so many. */
async function used(now: number, peers: number, bestShare: string): Promise<number> {
  const node = await NodeUnderTest.start(now, peers, bestShare);
  try {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return (await node.memory()).used;
  } finally {
    await node.stop();
  }
}
