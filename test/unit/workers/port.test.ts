import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { seededRandom } from "../../../src/core/random.js";
import { createLogger } from "../../../src/platform/log.js";
import { WorkerPortError } from "../../../src/workers/errors.js";
import { LIMITS } from "../../../src/workers/limits.js";
import { WorkerPort, type WorkerPortOptions } from "../../../src/workers/port.js";
import { StratumServer } from "../../../src/workers/stratum/server.js";
import { LineClient, turns } from "./support/stratum.js";
import { VirtualClock } from "./support/virtual-clock.js";
import { TestWorkSource } from "./support/work-source.js";

const log = createLogger("silent");
const hello: RequestListener = (_request, response) => response.end("hello");

async function startPort(t: TestContext, options: Partial<WorkerPortOptions> = {}) {
  const clock = new VirtualClock();
  const source = new TestWorkSource();
  const stratum = new StratumServer({ workSource: source, clock, random: seededRandom(1), log });
  stratum.start();
  const port = new WorkerPort({ port: 0, host: "127.0.0.1", stratum, http: hello, clock, log, ...options });
  const number = await port.start();
  t.after(async () => {
    stratum.stop();
    await port.stop();
  });
  return { clock, source, stratum, port, number };
}

/** Sends text over a raw socket and returns everything that comes until the other side closes. */
async function raw(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let answer = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  for (const part of parts) {
    socket.write(part);
    await turns(2);
  }
  if (!socket.closed) await once(socket, "close");
  return answer;
}

const GET = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

test("the first byte decides, also when it comes alone or after blanks", async (t) => {
  const { number } = await startPort(t);
  for (const parts of [
    [GET],
    ["G", GET.slice(1)],
    ["\r\n \t", GET],
    [" ".repeat(64), GET],
    ["\r\n", "G", GET.slice(1)],
  ]) {
    assert.match(await raw(number, ...parts), /^HTTP\/1\.1 200 OK[\s\S]*hello/);
  }
  for (const parts of [
    ['{"id":1,"method":"mining.ping"}\n'],
    ["{", '"id":1,"method":"mining.ping"}\n'],
    ["\r\n\r\n ", '{"id":1,"method":"mining.ping"}\n'],
  ]) {
    const client = await LineClient.open(number);
    for (const part of parts) {
      client.send(part);
      await turns(2);
    }
    assert.deepEqual(await client.next(), { id: 1, result: "pong", error: null });
    client.socket.destroy();
  }
});

test("a client that goes away while it waits for its turn is let go, and a limit of connections holds", async (t) => {
  const limits = { ...LIMITS, acceptsPerSecond: 1, acceptBurst: 1 };
  const { number } = await startPort(t, { limits, mostConnections: 3 });
  const open = async () => {
    const socket = connect({ port: number, host: "127.0.0.1" });
    socket.on("error", () => {}).resume();
    await once(socket, "connect");
    return socket;
  };
  const sockets = [await open(), await open(), await open()];
  const fourth = await open();
  if (!fourth.closed) await once(fourth, "close");
  // The clock stands still: it is not for a time-out that the second is let go.
  sockets[1]!.end();
  if (!sockets[1]!.closed) await once(sockets[1]!, "close");
  assert.deepEqual(
    sockets.map(({ closed }) => closed),
    [false, true, false],
  );
  sockets.push(await open());
  for (const socket of sockets) socket.destroy();
});

test("more than 64 blanks, silence and TLS close the connection", async (t) => {
  const { clock, number } = await startPort(t);
  assert.equal(await raw(number, " ".repeat(65)), "");
  assert.equal(await raw(number, Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])), "");
  const silent = await LineClient.open(number);
  const blank = await LineClient.open(number);
  blank.send(" ");
  await turns(5);
  clock.advance(14_999);
  await turns();
  assert.equal(silent.socket.readyState, "open");
  clock.advance(1);
  await Promise.all([silent.closed(), blank.closed()]);
  assert.equal(clock.timers, 1, "only the Stratum server's own timer is left");
});

test("keep-alive works on a socket that was handed over", async (t) => {
  const { number } = await startPort(t);
  const answer = await raw(number, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", GET);
  assert.equal(answer.match(/hello/g)?.length, 2);
});

test("slow loris: headers and bodies that dribble are cut off", async (t) => {
  const { number } = await startPort(t, { httpRequestMs: 100 });
  assert.match(await raw(number, "GET / HTTP/1.1\r\n", "Host: x\r\n"), /^HTTP\/1\.1 408/);
  assert.match(
    await raw(number, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab"),
    /^HTTP\/1\.1 (200|408)/,
  );
});

test("HTTP that is too large or of an unknown method is refused", async (t) => {
  const { number } = await startPort(t);
  const head = (line: string, ...fields: string[]): string => `${[line, "Host: x", ...fields].join("\r\n")}\r\n\r\n`;
  assert.match(await raw(number, head("DELETE / HTTP/1.1")), /^HTTP\/1\.1 405[\s\S]*allow: GET/i);
  const many = Array.from({ length: 100 }, (_, i) => `X-${i}: 1`);
  assert.match(await raw(number, head("GET / HTTP/1.1", ...many)), /^HTTP\/1\.1 431/);
  assert.match(await raw(number, head("GET / HTTP/1.1", `X: ${"x".repeat(17_000)}`)), /^HTTP\/1\.1 431/);
  assert.match(await raw(number, head("POST / HTTP/1.1", "Content-Length: 1048577")), /^HTTP\/1\.1 413/);
  assert.match(await raw(number, "nonsense\r\n\r\n"), /^HTTP\/1\.1 400/);
});

test("HTTP connections are bounded", async (t) => {
  const { LIMITS } = await import("../../../src/workers/limits.js");
  const { number } = await startPort(t, { limits: { ...LIMITS, httpConnections: 2 } });
  const kept = await Promise.all([LineClient.open(number), LineClient.open(number)]);
  for (const client of kept) {
    client.send("GET / HTTP/1.1\r\n");
    await turns();
  }
  assert.equal(await raw(number, GET), "");
  for (const client of kept) client.socket.destroy();
});

test("a taken port: the next free one, or the same as soon as it is free", async (t) => {
  const blocker = createServer();
  blocker.listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const taken = (blocker.address() as AddressInfo).port;
  const other = await startPort(t, { port: taken, ifTaken: "next" });
  assert.ok(other.number > taken && other.number <= taken + 100);
  assert.equal(other.port.boundPort, other.number);

  const clock = new VirtualClock();
  const waiting = new WorkerPort({ port: taken, host: "127.0.0.1", stratum: other.stratum, http: hello, clock, log });
  const started = waiting.start();
  while (clock.timers === 0) await turns();
  blocker.close();
  await once(blocker, "close");
  clock.advance(3000);
  assert.equal(await started, taken);
  await waiting.stop();
});

test("a taken port is an error where that is wished", async (t) => {
  const { clock, number, stratum } = await startPort(t);
  const port = new WorkerPort({ port: number, host: "127.0.0.1", ifTaken: "fail", stratum, http: hello, clock, log });
  await assert.rejects(port.start(), (error) => error instanceof WorkerPortError && error.code === "WORKER_PORT_TAKEN");
  await port.stop();
});

test("a port that cannot be bound, and stopping while waiting, are errors with a code", async (t) => {
  const { clock, number, stratum } = await startPort(t);
  const options = { stratum, http: hello, clock, log };
  const strange = new WorkerPort({ port: 1, host: "203.0.113.1", ...options });
  await assert.rejects(
    strange.start(),
    (error) => error instanceof WorkerPortError && error.code === "WORKER_PORT_REFUSED",
  );
  const before = clock.timers;
  const waiting = new WorkerPort({ port: number, host: "127.0.0.1", ...options });
  const started = waiting.start();
  while (clock.timers === before) await turns();
  await waiting.stop();
  await assert.rejects(started, (error) => error instanceof WorkerPortError && error.code === "WORKER_PORT_STOPPED");
  assert.equal(clock.timers, before);
});

test("row 34: a WebSocket upgrade is a request like any other", async (t) => {
  const { number } = await startPort(t, {
    http: (_request, response) => {
      response.writeHead(404).end();
    },
  });
  const upgrade = "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  assert.match(await raw(number, `GET /nowhere HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`), /^HTTP\/1\.1 404/);
});

test("stop closes undecided, HTTP and Stratum connections promptly", async (t) => {
  const { number, port, stratum } = await startPort(t);
  const clients = await Promise.all([LineClient.open(number), LineClient.open(number), LineClient.open(number)]);
  clients[0]!.send("GET / HTTP/1.1\r\n");
  clients[1]!.send('{"id":1,"method":"mining.ping"}\n');
  await clients[1]!.next();
  stratum.stop();
  await port.stop();
  for (const client of clients) await client.closed();
  assert.equal(port.boundPort, null);
});
