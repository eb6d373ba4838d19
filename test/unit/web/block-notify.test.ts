import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../../src/platform/clock.js";
import { createLogger } from "../../../src/platform/log.js";
import { systemRandom } from "../../../src/platform/random.js";
import { WebSide } from "../../../src/web/app.js";
import { emptyView } from "./support/view.js";

const HASH = "ab".repeat(32);

describe("block hook", () => {
  const told: string[] = [];
  let server: Server;
  let url: string;

  before(async () => {
    server = createServer(
      new WebSide({
        view: emptyView(),
        random: systemRandom,
        password: null,
        staticDir: null,
        blockNotify: (hash) => told.push(hash) === 1,
        clock: systemClock,
        log: createLogger("silent"),
      }).listener,
    );
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/block/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function post(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
    const response = await fetch(url + path, { method: "POST", headers });
    return { status: response.status, body: await response.json() };
  }

  test("tells of a block, and answers whether it was news", async () => {
    assert.deepEqual(await post(HASH.toUpperCase()), { status: 200, body: { isNew: true } });
    assert.deepEqual(await post(HASH), { status: 200, body: { isNew: false } });
    assert.deepEqual(told, [HASH, HASH]);
  });

  test("is not for pages in a browser, for what is no hash, or for reading", async () => {
    told.length = 0;
    assert.equal((await post(HASH, { origin: "http://127.0.0.1" })).status, 403);
    assert.equal((await post("abc")).status, 400);
    assert.equal((await fetch(url + HASH)).status, 404);
    assert.deepEqual(told, []);
  });

  test("more than a coin can have are not passed on", async () => {
    told.length = 0;
    const statuses: number[] = [];
    for (let i = 0; i < 40; i++) statuses.push((await post(HASH)).status);
    assert.ok(statuses.includes(429), statuses.join());
    assert.equal(told.length, statuses.filter((status) => status === 200).length);
  });
});
