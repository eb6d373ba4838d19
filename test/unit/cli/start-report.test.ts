import assert from "node:assert/strict";
import { test } from "node:test";
import { startReport } from "../../../src/cli/commands/start-report.js";
import type { RpcClient } from "../../../src/daemon/rpc/index.js";
import { networkByName } from "../../../src/networks/index.js";
import type { PoolNode } from "../../../src/node/pool-node.js";
import { systemClock } from "../../../src/platform/clock.js";

test("a daemon that never answers does not hold up the end of the program", { timeout: 10_000 }, async () => {
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const hang = (): Promise<never> => {
    asked();
    return new Promise(() => {});
  };
  const rpc = new Proxy({ endpoint: "" }, { get: (target, name) => (name in target ? "" : hang) });
  const node = {
    options: { network: networkByName("bitcoin_regtest"), allowObsoleteDaemon: false, peering: null },
    daemons: { waitingFor: null },
    isCoinP2pUp: null,
    peering: null,
  };
  const said: string[] = [];
  const ending = new AbortController();
  const report = startReport({
    node: node as unknown as PoolNode,
    rpc: rpc as unknown as RpcClient,
    payout: "",
    directory: "/",
    connections: 1,
    clock: systemClock,
    signal: ending.signal,
    say: (line) => said.push(line),
  });
  await isAsked;
  ending.abort();
  await report;
  assert.deepEqual(said, []);
});
