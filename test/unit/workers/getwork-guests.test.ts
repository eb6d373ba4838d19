import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { createLogger } from "../../../src/platform/log.js";
import { setAddress } from "../../../src/platform/socket-address.js";
import { Bans } from "../../../src/workers/bans.js";
import { Guests } from "../../../src/workers/getwork/guests.js";
import { LIMITS, type Limits } from "../../../src/workers/limits.js";
import { VirtualClock } from "./support/virtual-clock.js";

const FAR = "203.0.113.7";

/** A real socket that comes from `address`. */
async function socketFrom(t: TestContext, address: string): Promise<Socket> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [Socket];
  setAddress(socket, address);
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  return socket;
}

function create(changed: Partial<Limits> = {}) {
  const clock = new VirtualClock({ startSeconds: 1_700_000_000 });
  const limits = { ...LIMITS, ...changed };
  const bans = new Bans(limits);
  return { clock, bans, guests: new Guests({ bans, clock, limits, log: createLogger("silent") }) };
}

describe("those who ask for work over HTTP", () => {
  test("who sends mostly rubbish is closed, and banned the third time, on however many connections", async (t) => {
    const { bans, clock, guests } = create({ invalidMinimum: 5 });
    for (let offence = 1; offence <= LIMITS.offencesForBan; offence++) {
      for (let i = 1; i <= 5; i++) assert.equal(guests.judged(await socketFrom(t, FAR), "high-hash"), i === 5);
      assert.equal(bans.isBanned(FAR, clock.monotonicMs()), offence === LIMITS.offencesForBan);
    }
    assert.equal(bans.isBanned("203.0.113.8", clock.monotonicMs()), false);
  });

  test("late work is no offence, nor is some rubbish among good work", async (t) => {
    const { guests } = create({ invalidMinimum: 5 });
    const socket = await socketFrom(t, FAR);
    for (let i = 0; i < 500; i++) {
      assert.equal(guests.judged(socket, i % 2 === 0 ? "stale-work" : "unknown-work"), false);
    }
    for (let i = 0; i < 500; i++) assert.equal(guests.judged(socket, i % 3 === 0 ? "duplicate" : null), false);
  });

  test("a farm behind one private address is never closed", async (t) => {
    const { guests } = create({ invalidMinimum: 5 });
    const socket = await socketFrom(t, "192.168.1.7");
    for (let i = 0; i < 100; i++) assert.equal(guests.judged(socket, "invalid-work"), false);
  });

  test("who asks too often waits, and is closed where that does not help", async (t) => {
    const { guests } = create({ requestsPerSecond: 1, requestBurst: 3, overloadPauses: 2 });
    const socket = await socketFrom(t, FAR);
    const other = await socketFrom(t, FAR);
    const ask = (count: number) => Array.from({ length: count }, () => guests.request(socket));
    assert.deepEqual(ask(4), ["go", "go", "pause", "pause"]);
    assert.equal(guests.request(other), "go");
    assert.equal(socket.destroyed, false);
    assert.deepEqual(ask(1), ["close"]);
    assert.equal(socket.destroyed, true);
  });
});
