import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { encodeLegacyAddress } from "../../../src/bitcoin/address.js";
import { seededRandom } from "../../../src/core/random.js";
import { ConnectionError, type RpcClient } from "../../../src/daemon/rpc/index.js";
import { networkByName } from "../../../src/networks/index.js";
import { DynamicAddresses } from "../../../src/node/payout-addresses.js";
import { createLogger } from "../../../src/platform/log.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";

const ADDRESSES = [1, 2, 3, 4].map((n) => encodeLegacyAddress({ version: 111, hash: new Uint8Array(20).fill(n) }));

test("addresses are drawn by their weights; the oldest gives way once it is due, and a wallet that fails is not pressed", async () => {
  const clock = new VirtualClock();
  const requests: unknown[][] = [];
  let isDown = false;
  const rpc = {
    request: async (...call: unknown[]) => {
      requests.push(call.slice(0, 2));
      if (isDown)
        throw new ConnectionError("nobody listens", {
          code: "RPC_CONNECTION",
          method: "",
          endpoint: "",
          durationMs: 0,
        });
      return ADDRESSES[requests.length - 1]!;
    },
  } as unknown as RpcClient;
  const pool = await DynamicAddresses.open({
    rpc,
    network: networkByName("bitcoin_regtest"),
    clock,
    random: seededRandom(7),
    log: createLogger("silent"),
    count: 3,
    lifetime: 3600,
  });
  assert.deepEqual(
    requests,
    [1, 2, 3].map(() => ["getnewaddress", ["p2pool", "bech32"]]),
  );
  assert.deepEqual([pool.main, pool.all], [ADDRESSES[0], ADDRESSES.slice(0, 3)]);

  const drawn = new Map<string, number>();
  for (let i = 0; i < 3000; i++) {
    const address = pool.draw();
    drawn.set(address, (drawn.get(address) ?? 0) + 1);
  }
  // The weights that the same seed gives.
  const chance = seededRandom(7);
  const weights = [chance.uniform(), chance.uniform(), chance.uniform()];
  const total = weights.reduce((a, b) => a + b);
  for (const [i, weight] of weights.entries()) {
    assert.ok(Math.abs(drawn.get(ADDRESSES[i]!)! / 3000 - weight / total) < 0.04);
  }

  clock.advance(3_599_000);
  pool.draw();
  assert.equal(requests.length, 3);
  isDown = true;
  clock.advance(1_000);
  for (let i = 0; i < 5; i++) {
    pool.draw();
    await turn();
  }
  assert.deepEqual([requests.length, pool.all], [4, ADDRESSES.slice(0, 3)]);
  isDown = false;
  requests.pop();
  clock.advance(29_999);
  pool.draw();
  assert.equal(requests.length, 3);
  clock.advance(1);
  pool.draw();
  await turn();
  assert.deepEqual(pool.all, ADDRESSES.slice(1, 4));
});
