import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { seededRandom } from "../../../src/core/random.js";
import { AddressRanges } from "../../../src/platform/address-ranges.js";
import { createLogger } from "../../../src/platform/log.js";
import { addressOf } from "../../../src/platform/socket-address.js";
import { Bans } from "../../../src/workers/bans.js";
import { LIMITS } from "../../../src/workers/limits.js";
import { WorkerPort, type WorkerPortOptions } from "../../../src/workers/port.js";
import { StratumServer } from "../../../src/workers/stratum/server.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../../support/daemon-tls.js";
import { LineClient, turns } from "./support/stratum.js";
import { VirtualClock } from "./support/virtual-clock.js";
import { TestWorkSource } from "./support/work-source.js";

const log = createLogger("silent");
const certificate = { cert: TEST_CERTIFICATE, key: TEST_KEY };
const TLS_PORT = { port: 0, host: "127.0.0.1" };
const PING = '{"id":1,"method":"mining.ping"}\n';

async function start(t: TestContext, options: Partial<WorkerPortOptions> = {}) {
  const clock = new VirtualClock();
  const source = new TestWorkSource();
  const stratum = new StratumServer({ workSource: source, clock, random: seededRandom(1), log });
  stratum.start();
  const port = new WorkerPort({
    port: 0,
    host: "127.0.0.1",
    stratum,
    http: (incoming, response) => response.end(`hello ${addressOf(incoming.socket)}\n`),
    clock,
    log,
    ...options,
  });
  const plain = await port.start();
  t.after(async () => {
    stratum.stop();
    await port.stop();
  });
  return { clock, port, plain, tls: port.boundTlsPort, stratum };
}

async function tlsClient(port: number): Promise<LineClient> {
  const socket = connectTls({ port, host: "127.0.0.1", ca: TEST_CERTIFICATE });
  await once(socket, "secureConnect");
  return new LineClient(socket);
}

async function get(port: number): Promise<string> {
  const call = request({ port, host: "127.0.0.1", ca: TEST_CERTIFICATE, agent: false });
  call.end();
  const [response] = await once(call, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("Stratum and pages over TLS, on a port of its own and on the common one", async (t) => {
  const { clock, plain, tls, stratum } = await start(t, { certificate, tlsPort: TLS_PORT });
  for (const port of [tls!, plain]) {
    const client = await tlsClient(port);
    const { result } = await client.request("mining.subscribe", ["test/1"]);
    assert.ok(Array.isArray(result));
    await client.request("mining.authorize", ["1Addr", "x"]);
    assert.equal((await client.notification("mining.notify")).params!.length, 9);
    client.socket.destroy();
    assert.equal(await get(port), "hello 127.0.0.1\n");
  }
  const client = await LineClient.open(plain);
  client.send(PING);
  assert.equal((await client.next()).result, "pong");
  client.socket.destroy();
  while (stratum.stats().connections > 0) await turns();
  assert.equal(clock.timers, 1);
});

test("no plain text on the port for TLS, and no TLS in TLS", async (t) => {
  const { tls, clock } = await start(t, { certificate, tlsPort: TLS_PORT });
  const plain = await LineClient.open(tls!);
  plain.send(PING);
  await plain.closed();
  const nested = await tlsClient(tls!);
  nested.send(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0, 0, 0, 0, 0]));
  await nested.closed();
  const silent = await LineClient.open(tls!);
  while (clock.timers < 2) await turns();
  clock.advance(15_000);
  await silent.closed();
  assert.equal(clock.timers, 1);
});

test("another certificate is for connections from then on; one that cannot be used leaves the one before", async (t) => {
  const { port, tls } = await start(t, { certificate, tlsPort: TLS_PORT });
  const before = await tlsClient(tls!);
  assert.throws(() => port.setCertificate({ cert: "none", key: TEST_KEY }));
  port.setCertificate(certificate);
  const after = await tlsClient(tls!);
  for (const client of [before, after]) {
    client.send(PING);
    assert.equal((await client.next()).result, "pong");
    client.socket.destroy();
  }
});

test("behind a load balancer the client's own address counts, over TLS too", async (t) => {
  const proxies = new AddressRanges(["127.0.0.0/8"]);
  const { plain, tls, stratum } = await start(t, { proxies, certificate, tlsPort: TLS_PORT });
  const header = "PROXY TCP4 192.0.2.7 198.51.100.1 54321 9332\r\n";
  for (const parts of [
    [`${header}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    ["PROXY TCP4 192.0", header.slice(16), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
  ]) {
    const client = await LineClient.open(plain);
    for (const part of parts) {
      client.send(part);
      await turns(2);
    }
    let last = "";
    for (let line = await client.nextLine(); line !== null; line = await client.nextLine()) last = line;
    assert.equal(last, "hello 192.0.2.7");
  }
  const client = await LineClient.open(plain);
  client.send(header + PING);
  assert.equal((await client.next()).result, "pong");
  client.socket.destroy();

  const raw = connect({ port: tls!, host: "127.0.0.1" });
  await once(raw, "connect");
  raw.write(header);
  const secure = connectTls({ socket: raw, ca: TEST_CERTIFICATE, host: "127.0.0.1" });
  await once(secure, "secureConnect");
  const overTls = new LineClient(secure);
  overTls.send(PING);
  assert.equal((await overTls.next()).result, "pong");
  secure.destroy();
  while (stratum.stats().connections > 0) await turns();
});

test("a balancer without a header is closed; from anybody else a header is not believed", async (t) => {
  const { plain } = await start(t, { proxies: new AddressRanges(["127.0.0.1"]) });
  const client = await LineClient.open(plain);
  client.send(PING);
  await client.closed();
  const other = await start(t, { proxies: new AddressRanges(["192.0.2.0/24", "2001:db8::/32"]) });
  const liar = await LineClient.open(other.plain);
  liar.send("PROXY TCP4 192.0.2.7 198.51.100.1 54321 9332\r\n\r\n");
  assert.match((await liar.nextLine()) ?? "", /^HTTP\/1\.1 400/);
  liar.socket.destroy();
});

test("a banned address is not let in, be it behind a balancer", async (t) => {
  const bans = new Bans(LIMITS);
  const proxies = new AddressRanges(["127.0.0.1"]);
  const { plain, clock } = await start(t, { proxies, bans });
  for (let i = 0; i < LIMITS.offencesForBan; i++) bans.offended("192.0.2.7", clock.monotonicMs());
  const banned = await LineClient.open(plain);
  banned.send(`PROXY TCP4 192.0.2.7 198.51.100.1 54321 9332\r\n${PING}`);
  await banned.closed();
  const other = await LineClient.open(plain);
  other.send(`PROXY TCP4 192.0.2.8 198.51.100.1 54321 9332\r\n${PING}`);
  assert.equal((await other.next()).result, "pong");
  clock.advance(LIMITS.banMs);
  const again = await LineClient.open(plain);
  again.send(`PROXY TCP4 192.0.2.7 198.51.100.1 54321 9332\r\n${PING}`);
  assert.equal((await again.next()).result, "pong");
  for (const client of [other, again]) client.socket.destroy();
});

test("bans: the third connection closed within ten minutes, never of an address that many share", () => {
  const bans = new Bans({ ...LIMITS, addressesRemembered: 2 });
  assert.equal(bans.offended("192.0.2.1", 0), false);
  assert.equal(bans.offended("192.0.2.1", 1000), false);
  assert.equal(bans.isBanned("192.0.2.1", 1000), false);
  assert.equal(bans.offended("192.0.2.1", 2000), true);
  assert.equal(bans.isBanned("192.0.2.1", 601_999), true);
  assert.equal(bans.isBanned("192.0.2.1", 602_000), false);
  for (let i = 0; i < 10; i++) {
    assert.equal(bans.offended("192.0.2.2", i * 400_000), false, "too seldom");
    for (const shared of ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fd00::1"]) {
      assert.equal(bans.offended(shared, i), false);
    }
  }
  bans.offended("192.0.2.3", 0);
  bans.offended("192.0.2.4", 0);
  assert.equal(bans.isBanned("192.0.2.1", 3000), false, "the oldest is forgotten");
});

test("ranges of addresses", () => {
  const ranges = new AddressRanges(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]);
  for (const address of ["10.1.2.3", "192.0.2.1", "2001:db8:1::1"]) assert.ok(ranges.has(address), address);
  for (const address of ["11.0.0.1", "192.0.2.2", "2001:db9::1", "", "nonsense"]) assert.ok(!ranges.has(address));
  for (const text of ["", "10.0.0.0/33", "10.0.0.0/x", "host", "::/129", "1.2.3"]) {
    assert.throws(() => new AddressRanges([text]), RangeError);
  }
});
