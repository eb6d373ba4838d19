import { ShareRules, Tracker } from "../src/sharechain/index.js";
import { chainNetwork, fill, recordedShares } from "./support/chains.js";
import type { Bench } from "./support/harness.js";
import { MinerServer } from "./support/miner-servers.js";
import { NodeUnderTest } from "./support/node-under-test.js";

const PEERS = 200;
/** Enough that a page more or less does not matter. */
const BARE = 2_000;
const SETTLE_MS = 3_000;

/** What connections that are quiet cost: a node with many of them beside the same node with one. */
export const idlePeers: Bench = {
  name: "idle-peers",
  async run() {
    const tip = fill(new Tracker(new ShareRules(chainNetwork())), recordedShares());
    const now = tip.item.share.info.timestamp + 1;
    const few = await resident(now, 1, tip.id);
    const many = await resident(now, PEERS + 1, tip.id);
    const bare = await bareConnection();
    return [
      { what: `${PEERS} idle peers`, value: (many - few) / 2 ** 20, unit: "MB", note: "below 40" },
      { what: "one of them", value: (many - few) / PEERS / 1024, unit: "kB" },
      { what: "a connection of a server that does nothing", value: bare / 1024, unit: "kB", note: "lower bound" },
      { what: "a peer against that", value: (many - few) / PEERS / bare, unit: "×" },
    ];
  },
};

/** Bytes. */
async function bareConnection(): Promise<number> {
  const server = await MinerServer.start("./null-server-child.js");
  try {
    const before = await server.memory();
    await server.connect(BARE, null);
    return ((await server.memory()) - before) / BARE;
  } finally {
    await server.stop();
  }
}

async function resident(now: number, peers: number, bestShare: string): Promise<number> {
  const node = await NodeUnderTest.start(now, peers, bestShare);
  try {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return await node.residentBytes();
  } finally {
    await node.stop();
  }
}
