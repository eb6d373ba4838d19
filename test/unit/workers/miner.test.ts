import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { CpuMiner } from "../../../src/cli/miner/cpu-miner.js";
import { Sha256dScanner } from "../../../src/cli/miner/sha256d-scan.js";
import { bigIntToBytesLE, hexToBytes } from "../../../src/core/bytes.js";
import { difficultyToTarget, MAX_256 } from "../../../src/core/compact.js";
import { hashMeetsTarget, powHash } from "../../../src/core/hash/index.js";
import { seededRandom } from "../../../src/core/random.js";
import { systemClock } from "../../../src/platform/clock.js";
import { StratumFixture, turns } from "./support/stratum.js";
import { VirtualClock } from "./support/virtual-clock.js";
import { TestWorkSource } from "./support/work-source.js";

const GENESIS = hexToBytes(
  "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
);

test("the scanner finds the nonce of a real block and no other near it", () => {
  const scanner = new Sha256dScanner({ header: GENESIS, target: bigIntToBytesLE(difficultyToTarget(1), 32) });
  assert.equal(scanner.scan(2083236893 - 1000, 2083236893 + 1000), 2083236893);
  assert.equal(scanner.scan(2083236894, 2083236893 + 1000), -1);
});

test("the scanner agrees with the hash function at every kind of target", () => {
  const random = seededRandom(7);
  for (const target of [MAX_256, MAX_256 >> 1n, MAX_256 >> 9n, (MAX_256 >> 8n) ^ (1n << 200n), MAX_256 >> 11n]) {
    const header = Uint8Array.from({ length: 80 }, () => random.uint32() & 0xff);
    const bytes = bigIntToBytesLE(target, 32);
    const scanner = new Sha256dScanner({ header, target: bytes });
    const view = new DataView(header.buffer);
    for (let nonce = 0xfffffff0 - 2000, next = nonce; nonce < 0xfffffff0; nonce++) {
      view.setUint32(76, nonce, true);
      if (!hashMeetsTarget(powHash("sha256d", header), bytes)) continue;
      assert.equal(scanner.scan(next, 0xfffffff0), nonce);
      next = nonce + 1;
    }
  }
});

for (const [pow, target, limit] of [
  ["sha256d", MAX_256 >> 16n, 300_000],
  ["scrypt", MAX_256 >> 5n, 300],
] as const) {
  test(`the built-in miner mines ${pow} for the server`, async (t) => {
    const source = new TestWorkSource({ pow });
    source.shareTarget = target;
    const multiplier = pow === "scrypt" ? 65_536 : 1;
    const fixture = await StratumFixture.start({ source, clock: systemClock, dumbScryptDifficulty: multiplier });
    const miner = new CpuMiner({
      host: "127.0.0.1",
      port: fixture.port,
      username: "1Miner.cpu",
      pow,
      hashRateLimit: limit,
    });
    t.after(() => fixture.stop());
    let rejected = 0;
    let accepted = 0;
    miner.on("rejected", () => rejected++);
    const enough = new Promise<void>((resolve) => {
      miner.on("accepted", () => {
        accepted++;
        if (accepted === 5) resolve();
      });
    });
    miner.on("error", (error) => assert.fail(error));
    const measured = once(miner, "hashrate");
    miner.start();
    await enough;
    const [rate] = await measured;
    const startedMs = performance.now();
    await miner.stop();
    assert.ok(performance.now() - startedMs < 500);
    assert.equal(rejected, 0);
    assert.ok(rate <= 1.3 * limit, `${rate} H/s in spite of a limit of ${limit}`);
    const [worker] = fixture.server.stats().workers;
    assert.equal(worker?.name, "1Miner.cpu");
    assert.ok(worker.counts.accepted >= 5);
  });
}

test("the built-in miner connects again after a loss, later each time, and nothing of it is left after stop", async (t) => {
  const sockets: Socket[] = [];
  const pool = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.destroy();
  });
  pool.listen(0, "127.0.0.1");
  await once(pool, "listening");
  t.after(() => pool.close());
  const { port } = pool.address() as AddressInfo;
  const clock = new VirtualClock();
  const miner = new CpuMiner({ host: "127.0.0.1", port, username: "1Miner", pow: "sha256d", clock });
  miner.start();
  for (const waitMs of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
    const before = sockets.length;
    while (clock.timers === 0) await turns();
    clock.advance(waitMs - 1);
    assert.equal(clock.timers, 1, `${waitMs} ms have not passed`);
    clock.advance(1);
    while (sockets.length === before) await turns();
  }
  await miner.stop();
  await turns();
  assert.equal(clock.timers, 0);
});
