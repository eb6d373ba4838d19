import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, type TestContext, test } from "node:test";
import type { Alert } from "../../../../src/node/alerts/alert.js";
import { Heartbeat } from "../../../../src/node/alerts/heartbeat.js";
import { AlertSender } from "../../../../src/node/alerts/sender.js";
import { parseTarget } from "../../../../src/node/alerts/targets.js";
import { createLogger } from "../../../../src/platform/log.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";

const ALERT: Alert = {
  event: "node_unhealthy",
  state: "raised",
  severity: "error",
  title: "P2Pool bitcoin: node unhealthy",
  text: "no work is given: größer",
  at: 1_700_000_000,
  network: "bitcoin",
  data: { id: "no_work" },
};

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A real server that answers with these statuses in turn, the last one for ever. */
async function receiver(t: TestContext, ...statuses: number[]) {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    received.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    response.writeHead(statuses[Math.min(received.length, statuses.length) - 1] ?? 200, { Location: "/elsewhere" });
    response.end();
    for (const wake of waiting) wake();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const until = async (count: number): Promise<void> => {
    while (received.length < count) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, received, until };
}

function sender(targets: readonly string[], clock = new VirtualClock()) {
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    for (const wake of waiting) wake();
  };
  const untilLines = async (count: number): Promise<void> => {
    while (lines.length < count) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  const log = createLogger("info", { write });
  return { sender: new AlertSender({ targets: targets.map(parseTarget), clock, log }), clock, lines, untilLines, log };
}

describe("delivery of alerts to real servers", () => {
  test("JSON, ntfy and Telegram, each in its form", async (t) => {
    const server = await receiver(t);
    const { host, received, until } = server;
    const { sender: out, lines } = sender([
      `http://me:pass%20word@${host}/hook?a=b`,
      `ntfy+http://${host}/my-topic`,
      `telegram://123:AB-c_d@-100200?api=http://${host}`,
      `telegram://123:AB-c_d@mychannel?api=http://${host}`,
    ]);
    out.send(ALERT);
    await until(4);
    await out.stop();
    const byUrl = (url: string): Received[] => received.filter((one) => one.url === url);
    const [hook] = byUrl("/hook?a=b");
    assert.deepEqual([hook?.method, JSON.parse(hook!.body)], ["POST", ALERT]);
    assert.equal(hook?.headers["content-type"], "application/json");
    assert.equal(hook?.headers.authorization, `Basic ${Buffer.from("me:pass word").toString("base64")}`);
    const [ntfy] = byUrl("/my-topic");
    assert.equal(ntfy?.body, ALERT.text);
    assert.deepEqual([ntfy?.headers.title, ntfy?.headers.priority, ntfy?.headers.tags], [ALERT.title, "5", "warning"]);
    assert.deepEqual(
      byUrl("/bot123:AB-c_d/sendMessage")
        .map(({ body }) => (JSON.parse(body) as { chat_id: string }).chat_id)
        .sort(),
      ["-100200", "@mychannel"],
    );
    assert.equal(
      (JSON.parse(byUrl("/bot123:AB-c_d/sendMessage")[0]!.body) as { text: string }).text,
      `${ALERT.title}\n${ALERT.text}`,
    );
    assert.deepEqual(lines, []);
  });

  test("what is not taken is sent again, in order, and given up after a quarter of an hour; other targets do not wait", async (t) => {
    const bad = await receiver(t, 500, 302, 200);
    const good = await receiver(t);
    const {
      sender: out,
      clock,
      lines,
      untilLines,
    } = sender([`http://${bad.host}/secret-path`, `http://${good.host}/`]);
    out.send(ALERT);
    out.send({ ...ALERT, text: "second" });
    await good.until(2);
    await untilLines(1);
    clock.advance(4_999);
    assert.equal(bad.received.length, 1);
    clock.advance(1);
    // A redirect is not followed: it would carry secrets elsewhere.
    await untilLines(2);
    clock.advance(30_000);
    await bad.until(4);
    assert.deepEqual(
      bad.received.map(({ body }) => (JSON.parse(body) as Alert).text),
      [ALERT.text, ALERT.text, ALERT.text, "second"],
    );
    assert.ok(bad.received.every(({ url }) => url === "/secret-path"));
    await out.stop();
    assert.deepEqual(
      lines.map(({ msg, target, reason }) => [msg, target, reason]),
      ["it answered 500", "it answered 302"].map((reason) => [
        "an alert could not be delivered yet",
        `http://${bad.host}`,
        reason,
      ]),
    );
    assert.doesNotMatch(JSON.stringify(lines), /secret/);
  });

  test("nobody there: given up after five attempts", async (t) => {
    const { host } = await receiver(t);
    const port = Number(host.split(":")[1]);
    const closed = createServer();
    closed.listen(0, "127.0.0.1");
    await once(closed, "listening");
    const free = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    assert.notEqual(free, port);
    const { sender: out, clock, lines, untilLines } = sender([`http://127.0.0.1:${free}/`]);
    out.send(ALERT);
    for (const [i, pause] of [5_000, 30_000, 120_000, 600_000].entries()) {
      await untilLines(i + 1);
      clock.advance(pause);
    }
    await untilLines(5);
    assert.equal(lines[4]?.msg, "an alert could not be delivered and is given up");
    assert.match(String(lines[4]?.reason), /ECONNREFUSED/);
    await out.stop();
    assert.equal(clock.timers, 0);
  });

  test("the end does not wait for a pause", async (t) => {
    const { host } = await receiver(t, 500);
    const { sender: out, clock, untilLines } = sender([`http://${host}/`]);
    out.send(ALERT);
    await untilLines(1);
    const stopped = out.stop();
    clock.advance(3_000);
    await stopped;
    assert.equal(clock.timers, 0);
  });

  const wrong: [string, RegExp][] = [
    ["mailto:me@example.org", /is none of http/],
    ["ftp://host/", /is none of http/],
    ["http://", /is none of http|is no URL/],
    ["https://[::1", /is no URL/],
    ["ntfy://ntfy.sh", /names no topic/],
    ["telegram://123", /is not telegram:\/\/TOKEN@CHAT/],
    ["telegram://123@chat?api=nowhere", /is no URL/],
  ];
  for (const [text, message] of wrong) {
    test(`wrong: ${text}`, () => assert.throws(() => parseTarget(text), { name: "AlertTargetError", message }));
  }
});

describe("heartbeat to a real server", () => {
  test("once a minute while the node is well; failures are told once, and their end", async (t) => {
    const { host, received, until } = await receiver(t, 200, 500, 500, 200);
    const { clock, lines, untilLines, log } = sender([]);
    let isWell = true;
    const heartbeat = new Heartbeat({ url: new URL(`http://${host}/ping/abc`), isWell: () => isWell, clock, log });
    heartbeat.start();
    await until(1);
    assert.deepEqual([received[0]?.method, received[0]?.url], ["GET", "/ping/abc"]);
    isWell = false;
    clock.advance(600_000);
    isWell = true;
    clock.advance(60_000);
    await untilLines(1);
    assert.equal(received.length, 2);
    clock.advance(60_000);
    await until(3);
    clock.advance(60_000);
    await untilLines(2);
    assert.deepEqual(
      lines.map(({ msg, target }) => [msg, target]),
      [
        ["the heartbeat is not taken", `http://${host}`],
        ["the heartbeat is taken again", `http://${host}`],
      ],
    );
    heartbeat.stop();
    assert.equal(clock.timers, 0);
  });
});
