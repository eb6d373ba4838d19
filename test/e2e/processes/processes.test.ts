import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { logIn, MINERS, Pool, type PoolOptions, pause } from "./support.js";

/** Miners served by processes of their own (issue of the miners' port: real processes, real sockets). */
async function start(t: TestContext, options: PoolOptions = {}): Promise<Pool> {
  const pool = await Pool.start(options);
  t.after(() => pool.stop());
  return pool;
}

test("miners are spread over the processes, and get new work when the tip changes", async (t) => {
  const pool = await start(t);
  const clients = await Promise.all(Array.from({ length: 6 }, () => pool.client()));
  const logins = await Promise.all(clients.map((client, i) => logIn(client, `${MINERS[i % 2]}.w${i}+0`)));
  assert.equal(new Set(logins.map(({ extranonce1 }) => extranonce1)).size, 6);
  const coinbases = logins.map(({ notify }) => `${notify[2]}`);
  assert.equal(new Set(coinbases).size, 2, "one job an address");
  assert.equal(pool.processes.pids.length, 2);
  const next = Promise.all(clients.map((client) => client.notification("mining.notify")));
  pool.newBlock();
  for (const { params } of await next) assert.equal(params![8], true);
  while (pool.processes.stats().authorized < 6) await pause();
  const { connections, workers } = pool.processes.stats();
  assert.equal(connections, 6);
  assert.deepEqual(
    workers.map(({ name, connections: own }) => [name, own]),
    clients.map((_, i) => [`${MINERS[i % 2]}.w${i}`, 1]).sort(),
  );
});

test("HTTP is answered on the same port", async (t) => {
  const pool = await start(t, { count: 1 });
  const reply = await fetch(`http://127.0.0.1:${pool.port.boundPort}/`);
  assert.equal(await reply.text(), "a page");
});
