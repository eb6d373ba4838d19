import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { networkByName } from "../../src/networks/index.js";
import { BlockAnnouncer } from "../../src/node/announce/block-announcer.js";
import { IrcAnnouncements } from "../../src/node/announce/irc-announcements.js";
import { IrcChannel } from "../../src/platform/irc/channel.js";
import { type IrcServer, parseIrcServer } from "../../src/platform/irc/server.js";
import { createLogger } from "../../src/platform/log.js";
import { TEST_CERTIFICATE } from "../support/daemon-tls.js";
import { freePort, noLitecoind, startLitecoind } from "../support/daemons.js";
import { LitecoinNode } from "../support/litecoin-node.js";
import { Ngircd, noNgircd } from "../support/ngircd.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";
import { SkippingClock } from "../support/skipping-clock.js";
import { VirtualClock } from "../unit/workers/support/virtual-clock.js";

const OPERATOR = "rltc1qqurswpc8qurswpc8qurswpc8qurswpc8ntpxlg";
const CHANNEL = "#p2pool-ltc";
const REAL = { skip: skipBecause(noNgircd), timeout: 60_000 };

async function ngircd(t: TestContext, settings: readonly string[] = []): Promise<Ngircd> {
  const server = await Ngircd.start(settings);
  t.after(() => server.stop());
  return server;
}

function channelAt(t: TestContext, server: IrcServer) {
  const clock = new VirtualClock();
  const lines: { msg: string; reason?: string }[] = [];
  let wake = (): void => {};
  const write = (text: string): void => {
    lines.push(JSON.parse(text) as { msg: string });
    wake();
  };
  const channel = new IrcChannel({
    server,
    channel: CHANNEL,
    trust: TEST_CERTIFICATE,
    clock,
    random: { uniform: () => 0.425, uint32: () => 0 },
    log: createLogger("debug", { write }),
    onMessage: () => {},
  });
  t.after(() => channel.stop());
  channel.start();
  const says = async (msg: RegExp, from = 0): Promise<{ msg: string; reason?: string }> => {
    for (;;) {
      const found = lines.slice(from).find((line) => msg.test(line.msg));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { channel, clock, lines, says };
}

const at = (text: string): IrcServer => parseIrcServer(text)!;
const IN = /announced on IRC/;
const OUT = /out of reach/;

describe("a channel of ngircd", REAL, () => {
  test("by TLS, under another name where the first is taken; gone with a farewell", async (t) => {
    const server = await ngircd(t);
    const other = await server.visitor("p2pool42", "#elsewhere");
    const visitor = await server.visitor("visitor", CHANNEL);
    const { channel, says } = channelAt(t, at(`ircs://localhost:${server.tlsPort}`));
    await says(IN);
    assert.match(await visitor.until(/^:p2pool.* JOIN /), /^:p2pool425!\S+ JOIN :#p2pool-ltc$/);
    channel.say("hello");
    assert.match(await visitor.until(/PRIVMSG/), /^:p2pool425!\S+ PRIVMSG #p2pool-ltc :?hello$/);
    await channel.stop();
    await visitor.until(/ QUIT /);
    for (const one of [other, visitor]) one.close();
  });

  test("sent out of the channel: stays away for ten minutes", async (t) => {
    const server = await ngircd(t);
    const visitor = await server.visitor("visitor", CHANNEL);
    const { clock, lines, says } = channelAt(t, at(`irc://127.0.0.1:${server.port}`));
    await says(IN);
    visitor.send(`KICK ${CHANNEL} p2pool42 :out`);
    assert.match((await says(OUT)).reason!, /sent out of the channel/);
    const from = visitor.lines.length;
    const before = lines.length;
    clock.advance(599_000);
    // Whoever came meanwhile would be seen before this answer.
    visitor.send("PING :round");
    await visitor.until(/PONG/, from);
    assert.equal(
      visitor.lines.slice(from).some((line) => / JOIN /.test(line)),
      false,
    );
    clock.advance(400_000);
    await says(IN, before);
    visitor.close();
  });

  test("a channel that lets nobody in", async (t) => {
    const server = await ngircd(t);
    const visitor = await server.visitor("visitor", CHANNEL);
    visitor.send(`MODE ${CHANNEL} +i`);
    await visitor.until(/ MODE /);
    const { says } = channelAt(t, at(`irc://127.0.0.1:${server.port}`));
    assert.match((await says(OUT)).reason!, /^invite_only_channel/);
    visitor.close();
  });

  test("a server that dies, and is back", async (t) => {
    const server = await ngircd(t);
    const { channel, clock, lines, says } = channelAt(t, at(`irc://127.0.0.1:${server.port}`));
    await says(IN);
    await server.kill();
    await says(OUT);
    assert.equal(channel.isJoined, false);
    channel.say("nobody hears this");
    await server.run();
    const before = lines.length;
    clock.advance(15_000);
    await says(IN, before);
    assert.equal(channel.isJoined, true);
  });

  test("a password for the server, right and wrong", async (t) => {
    const server = await ngircd(t, ["Password = open-sesame"]);
    const { says } = channelAt(t, at(`irc://:open-sesame@127.0.0.1:${server.port}`));
    await says(IN);
    const wrong = channelAt(t, at(`irc://:wrong@127.0.0.1:${server.port}`));
    assert.match((await wrong.says(OUT)).reason!, /password/i);
    assert.doesNotMatch(JSON.stringify(wrong.lines), /:wrong/);
  });
});

test("two nodes and one real block: the channel hears of it once", {
  skip: skipBecause(noNgircd) || skipBecause(noLitecoind),
  timeout: 120_000,
}, async (t) => {
  const server = await ngircd(t);
  const daemon = await startLitecoind();
  const { rpcUrl, p2pPort, cookieFile } = daemon;
  const pool = new LitecoinNode([{ rpcPort: Number(new URL(rpcUrl).port), p2pPort, cookieFile }]);
  const visitor = await server.visitor("visitor", CHANNEL);
  let joined = 0;
  const clock = new SkippingClock();
  const log = createLogger("info", { write: (text) => void (IN.test(text) && joined++) });
  const irc = at(`ircs://127.0.0.1:${server.tlsPort}/${CHANNEL}`);
  const shared = { trust: TEST_CERTIFICATE, network: networkByName("litecoin_regtest"), clock, log };
  // They wait for 21 and for 97 seconds.
  const [early, late] = [0.3, 0.8].map((value) => ({ uniform: () => value, uint32: () => 0 }));
  const first = new IrcAnnouncements({ ...shared, server: irc, random: early! });
  const heard: string[] = [];
  const channel = new IrcChannel({
    ...shared,
    server: irc,
    channel: "#none",
    random: late!,
    onMessage: (text) => {
      second.message(text);
      heard.push(text);
    },
  });
  const second = new BlockAnnouncer({ ...shared, random: late!, channel });
  try {
    first.start();
    channel.start();
    await pool.until(() => joined === 2 || undefined);
    await pool.start();
    pool.startMiner();
    const block = await pool.untilEvent("pool-block");
    await pool.stopMiner();
    assert.equal(block.mine, true);
    first.event(block);
    second.block(block);
    await clock.skip(30_000);
    const line = await visitor.until(new RegExp(`PRIVMSG ${CHANNEL} :.*${block.hash}`));
    assert.ok(line.includes(`\x02LITECOIN_REGTEST\x02 BLOCK FOUND by ${block.finder}! `), line);
    await pool.until(() => heard.find((text) => text.includes(block.hash)));
    await clock.skip(600_000);
    channel.say("and now?");
    await visitor.until(/and now/);
    assert.equal(visitor.lines.filter((text) => text.includes(block.hash)).length, 1);
  } finally {
    await first.stop();
    second.stop();
    await channel.stop();
    visitor.close();
    await pool.stop();
    await daemon.stop();
  }
});

describe("p2pool --irc-announce", REAL, () => {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-irc-"));
  const start = async (t: TestContext, url: string, env: Record<string, string> = {}): Promise<Program> => {
    const port = String(await freePort());
    const program = new Program(
      [
        ...["--net", "litecoin_regtest", "-a", OPERATOR, "-w", `127.0.0.1:${port}`, "--solo"],
        ...["--datadir", join(folder, port), "--bitcoind-rpc-port", String(await freePort())],
        ...["--irc-announce", url, "user", "password"],
      ],
      undefined,
      env,
    );
    t.after(() => program.kill());
    return program;
  };
  test("joins by TLS with a certificate that it trusts, and leaves at the end", async (t) => {
    t.after(() => rmSync(folder, { recursive: true }));
    const server = await ngircd(t);
    const visitor = await server.visitor("visitor", CHANNEL);
    const bundle = join(folder, "certificates.pem");
    writeFileSync(bundle, TEST_CERTIFICATE);
    const url = `ircs://localhost:${server.tlsPort}/${CHANNEL}`;
    const untrusting = await start(t, url);
    await untrusting.untilError(/the IRC channel is out of reach; it is tried again.*self-signed certificate/);
    const program = await start(t, url, { NODE_EXTRA_CA_CERTS: bundle });
    await visitor.until(/:p2pool\d\d\S* JOIN /);
    program.signal("SIGTERM");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    await visitor.until(/:p2pool\d\d\S* QUIT /);
    visitor.close();
  });
});
