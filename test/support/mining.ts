import { join } from "node:path";
import type { EmbeddedNode } from "../../src/daemon/embedded/index.js";
import { networkByName, type PoolNetwork } from "../../src/networks/index.js";
import { systemClock } from "../../src/platform/clock.js";
import { createLogger } from "../../src/platform/log.js";
import { DatabaseCopy } from "../../src/store/database-copy.js";
import { Store } from "../../src/store/store.js";

export const OPERATOR = "mmhAcDRZyy4QLeGNf82xELqjcoay7nWmwF";

/** Options of a program that mines alone on an embedded node, whose miners are at this port. */
export function minerArguments(daemon: EmbeddedNode, port: number, folder: string): string[] {
  return [
    ...["--net", "demo", "-a", OPERATOR, "-w", `127.0.0.1:${port}`, "--solo", "--datadir", folder],
    ...["--bitcoind-rpc-port", new URL(daemon.rpcUrl).port, "--bitcoind-p2p-port", String(daemon.p2pPort)],
    ...["--min-difficulty", "0.000001", daemon.auth.user, daemon.auth.password],
  ];
}

interface Kept {
  readonly shares: ReadonlySet<string>;
  readonly blocks: ReadonlySet<string>;
}

/** What is on the disk of such a program, running or not. */
export async function kept(folder: string, network: PoolNetwork = networkByName("demo")): Promise<Kept> {
  const database = new DatabaseCopy({ directory: join(folder, network.name, "store") });
  const store = new Store({ database, network, clock: systemClock, log: createLogger("silent") });
  await store.start();
  try {
    const shares = new Set<string>();
    for await (const portion of store.shares.load()) for (const { id } of portion) shares.add(id);
    return { shares, blocks: new Set(store.blocks.list().map(({ hash }) => hash)) };
  } finally {
    await store.stop();
  }
}

/** The hash of a block that a line of the program says the daemon has taken. */
export const accepted = (line: string): string | undefined =>
  / block ([0-9a-f]{64}) accepted by the daemon/.exec(line)?.[1];
