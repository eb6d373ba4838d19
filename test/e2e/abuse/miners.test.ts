import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, test } from "node:test";
import { encodeLegacyAddress } from "../../../src/bitcoin/address.js";
import { bigIntToBytesBE } from "../../../src/core/bytes.js";
import { hash160 } from "../../../src/core/hash/index.js";
import { PAYEE } from "../../unit/peers/support/chain.js";
import { LineClient } from "../../unit/workers/support/stratum.js";
import { AbuseScene } from "./support/scene.js";

/** Milliseconds that an HTTP request may take in these tests: Node keeps them on real time. */
const HTTP_REQUEST_MS = 500;

describe("abuse of the worker port (spec/09 §14)", () => {
  let scene: AbuseScene;
  afterEach(() => scene?.stop());

  /** A miner with its first job. */
  async function miner(name = PAYEE): Promise<{ client: LineClient; jobId: string; time: string }> {
    const client = await LineClient.open(scene.workerPort);
    await client.request("mining.subscribe", ["test"]);
    client.send({ id: 1, method: "mining.authorize", params: [name, "x"] });
    const { params } = await client.notification("mining.notify");
    return { client, jobId: String(params![0]), time: String(params![7]) };
  }

  const payee = (index: number): string =>
    encodeLegacyAddress({ version: 111, hash: hash160(bigIntToBytesBE(BigInt(index), 8)) });

  let nonce = 0;
  const solution = ({ jobId, time }: { jobId: string; time: string }): unknown[] => [
    PAYEE,
    jobId,
    "00000000",
    time,
    (++nonce).toString(16).padStart(8, "0"),
  ];

  test("T16: five hundred silent connections while miners submit", async () => {
    scene = await AbuseScene.start();
    const miners = await Promise.all(Array.from({ length: 10 }, () => miner()));
    const silent = await Promise.all(Array.from({ length: 500 }, () => open("127.0.0.1", scene.workerPort)));
    let answered = 0;
    // The node looks at fifty of them a second; from then on each has fifteen seconds.
    for (let second = 0; second < 27; second += 3) {
      await Promise.all(miners.map((each) => each.client.request("mining.submit", solution(each))));
      answered += miners.length;
      await scene.skip(3_000);
      if (second < 12) assert.ok(silent.some(({ destroyed }) => !destroyed));
    }
    await scene.until(() => silent.every(({ destroyed }) => destroyed), "end of the silent ones");
    assert.equal(answered, 90);
    for (const { client } of miners) await client.flush();
    for (const { client } of miners) client.socket.destroy();
    await scene.finish();
  });

  test("T17: ten thousand authorisations of one payee with other difficulties", async () => {
    // Targets between 10^-6, below which a wish is not heard, and thirty times that.
    scene = await AbuseScene.start({ memory: 64, length: 1, network: { maxTarget: 1n << 245n } });
    const clients = await Promise.all(Array.from({ length: 100 }, () => LineClient.open(scene.workerPort)));
    const subscribing = clients.map((client) => client.request("mining.subscribe", ["test"]));
    await scene.skip(3_000);
    await Promise.all(subscribing);
    const before = await scene.call("jobsMade");
    for (let round = 0; round < 100; round++) {
      const asking = clients.map((client, i) =>
        client.request("mining.authorize", [`${PAYEE}/${(1e-6 * (1 + (round * 100 + i) / 700)).toFixed(12)}`, "x"]),
      );
      if (round % 4 === 0) await scene.skip(1_000);
      await Promise.all(asking);
    }
    await scene.skip(2_000);
    const made = (await scene.call("jobsMade")) - before;
    assert.ok(made > 10 && made <= 33, `${made} jobs`);
    for (const client of clients) client.socket.destroy();
    await scene.finish();
  });

  test("T17: ten thousand different payees", async () => {
    scene = await AbuseScene.start({ memory: 64, length: 1 });
    const clients = await Promise.all(Array.from({ length: 100 }, () => LineClient.open(scene.workerPort)));
    const subscribing = clients.map((client) => client.request("mining.subscribe", ["test"]));
    await scene.skip(3_000);
    await Promise.all(subscribing);
    const before = await scene.call("jobsMade");
    const startedMs = performance.now();
    let skipped = 2;
    for (let round = 0; round < 100; round++) {
      const asking = clients.map((client, i) =>
        client.request("mining.authorize", [payee(round * clients.length + i), "x"]),
      );
      if (round % 4 === 0) {
        await scene.skip(1_000);
        skipped++;
      }
      await Promise.all(asking);
    }
    await scene.skip(2_000);
    const made = (await scene.call("jobsMade")) - before;
    // One a second and connection, whatever they ask for; further ones are joined. Time went on while it was not skipped, too.
    const seconds = skipped + (performance.now() - startedMs) / 1000;
    assert.ok(made >= clients.length && made <= (seconds + 1) * clients.length, `${made} jobs in ${seconds} seconds`);
    for (const client of clients) client.socket.destroy();
    await scene.finish();
  });

  test("T18: a miner whose ten thousand shares are all invalid", async () => {
    scene = await AbuseScene.start();
    let sent = 0;
    const closedAfter: number[] = [];
    const linesBefore = (await scene.call("log")).length;
    while (sent < 10_000) {
      const { client, jobId } = await miner();
      let lines = "";
      for (let i = 0; i < 250; i++) {
        // A time of long ago.
        const params = [PAYEE, jobId, "00000000", "00000001", (++sent).toString(16).padStart(8, "0")];
        lines += `${JSON.stringify({ id: 1_000, method: "mining.submit", params })}\n`;
      }
      client.send(lines);
      let answers = 0;
      for (let line = await client.nextLine(); line !== null; line = await client.nextLine()) {
        if (line.includes('"id":1000')) answers++;
      }
      closedAfter.push(answers);
      // Coming back at once is allowed to this machine.
      if (closedAfter.length % 20 === 0) await scene.skip(1_000);
    }
    assert.ok(Math.min(...closedAfter) >= 99 && Math.max(...closedAfter) <= 200, closedAfter.join());
    const lines = new Map<string, number>();
    for (const { msg } of (await scene.call("log")).slice(linesBefore)) lines.set(msg, (lines.get(msg) ?? 0) + 1);
    for (const [msg, count] of lines) assert.ok(count <= 10, `${count} lines "${msg}" in the log`);
    await scene.finish();
  });

  test("T19: HTTP requests that come a byte at a time, beside somebody who reads", async () => {
    scene = await AbuseScene.start({ httpRequestMs: HTTP_REQUEST_MS });
    const slow = await Promise.all(
      Array.from({ length: 64 }, (_, i) => open(`127.1.0.${1 + (i % 2)}`, scene.workerPort)),
    );
    const request = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ${"a".repeat(1_000)}`);
    let sent = 0;
    await scene.skip(2_000);
    while (slow.some(({ destroyed }) => !destroyed)) {
      for (const socket of slow) if (!socket.destroyed) socket.write(request.subarray(sent, sent + 1));
      sent++;
      const page = await fetch(`http://127.0.0.1:${scene.workerPort}/`);
      assert.equal(page.status, 200);
      await page.text();
      assert.ok(sent < request.length, "they are closed before their requests end");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await scene.finish();
  });
});

async function open(from: string, port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, localAddress: from });
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "connect");
  return socket;
}
