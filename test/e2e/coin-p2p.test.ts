import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { encodeBlockHeader } from "../../src/bitcoin/block.js";
import type { Coin } from "../../src/bitcoin/coin.js";
import type { Template } from "../../src/bitcoin/template.js";
import { bytesToHex } from "../../src/core/bytes.js";
import { EmbeddedNode } from "../../src/daemon/embedded/index.js";
import { CoinP2p } from "../../src/daemon/p2p/coin-p2p.js";
import { headerFromBytes } from "../../src/daemon/p2p/known-header.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { createTemplate } from "../../src/daemon/template.js";
import { bitcoinDemo } from "../../src/networks/coins/bitcoin.js";
import { litecoinRegtest } from "../../src/networks/coins/litecoin.js";
import { systemClock } from "../../src/platform/clock.js";
import { createLogger } from "../../src/platform/log.js";
import { systemRandom } from "../../src/platform/random.js";
import { TcpTransport } from "../../src/platform/transport-tcp.js";
import { WebSide } from "../../src/web/app.js";
import { mineBlock } from "../support/daemon-block.js";
import { freePort, noLitecoind, startLitecoind } from "../support/daemons.js";
import { skipBecause } from "../support/skip.js";
import { emptyView } from "../unit/web/support/view.js";

// The coin's own P2P protocol with full nodes of two makes.

interface Running {
  readonly coin: Coin;
  readonly rpc: RpcClient;
  readonly p2pPort: number;
  stop(): Promise<void>;
}

async function litecoind(options: Parameters<typeof startLitecoind>[0] = { peer: false }): Promise<Running> {
  const daemon = await startLitecoind(options);
  const rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  return { coin: litecoinRegtest, rpc, p2pPort: daemon.p2pPort, stop: () => stopBoth(rpc, daemon) };
}

async function bcoin(): Promise<Running> {
  const node = await EmbeddedNode.start({ bits: 0x207fffff });
  const rpc = new RpcClient({ url: node.rpcUrl, auth: node.auth });
  return { coin: bitcoinDemo, rpc, p2pPort: node.p2pPort, stop: () => stopBoth(rpc, node) };
}

async function stopBoth(rpc: RpcClient, daemon: { stop(): Promise<void> }): Promise<void> {
  rpc.close();
  await daemon.stop();
}

/** Lets a test wait for what comes. */
class Inbox {
  readonly hashes: string[] = [];
  private waiting: (() => void)[] = [];

  push(hash: string): void {
    this.hashes.push(hash);
    for (const wake of this.waiting.splice(0)) wake();
  }

  async until(hash: string): Promise<void> {
    while (!this.hashes.includes(hash)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

function connectTo({ coin, p2pPort }: Pick<Running, "coin" | "p2pPort">, inbox: Inbox): CoinP2p {
  return new CoinP2p({
    host: "127.0.0.1",
    port: p2pPort,
    prefix: coin.p2pPrefix,
    blockMaxSize: 1_000_000,
    transport: new TcpTransport({ clock: systemClock }),
    resolve: async (name) => [name],
    clock: systemClock,
    random: systemRandom,
    log: createLogger("silent"),
    userAgent: "/P2Pool:test/",
    onBlock: (hash) => inbox.push(hash),
    onHeader: () => {},
  });
}

async function templateOf({ rpc, coin }: Running): Promise<Template> {
  const answer = await rpc.getBlockTemplate({ rules: coin.daemon.templateRules });
  return createTemplate(answer, answer.height ?? 0, 0);
}

async function nextBlock(
  running: Running,
): Promise<{ hash: ReturnType<typeof headerFromBytes>["hash"]; raw: Uint8Array }> {
  const raw = mineBlock(await templateOf(running), running.coin.pow);
  return { hash: headerFromBytes(raw.slice(0, 80)).hash, raw };
}

async function untilTip({ rpc }: Running, hash: string): Promise<void> {
  while ((await rpc.getBlockHash(await rpc.getBlockCount())) !== hash) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const makes = [
  { name: "litecoind", start: litecoind, skip: noLitecoind, agent: /^\/LitecoinCore:/ },
  { name: "bcoin", start: bcoin, skip: false as const, agent: /^\/bcoin:/ },
];

for (const { name, start, skip, agent } of makes) {
  describe(`coin P2P with ${name}`, { skip: skipBecause(skip), timeout: 60_000 }, () => {
    const inbox = new Inbox();
    let running: Running;
    let p2p: CoinP2p;

    before(async () => {
      running = await start();
      p2p = connectTo(running, inbox);
      p2p.start();
      await p2p.firstAttempt;
    });
    after(async () => {
      await p2p.stop();
      await running.stop();
    });

    test("shakes hands, which makes us the peer without which some daemons give no work", async () => {
      assert.match(p2p.hello?.userAgent ?? "", agent);
      assert.ok((await templateOf(running)).height > 0);
    });

    test("takes blocks by P2P alone", async () => {
      for (let i = 0; i < 3; i++) {
        const block = await nextBlock(running);
        p2p.sendBlock(block);
        await untilTip(running, block.hash);
        p2p.blockSettled(block.hash);
      }
      assert.notEqual(p2p.hello, null, "still connected");
    });

    test("announces blocks of others, and gives their headers", async () => {
      const block = await nextBlock(running);
      assert.equal(await running.rpc.submitBlock(bytesToHex(block.raw)), null);
      await inbox.until(block.hash);
      const { header, bytes } = await p2p.header(block.hash);
      assert.deepEqual(bytes, block.raw.slice(0, 80));
      assert.deepEqual(encodeBlockHeader(header), bytes);
      // An old one, too.
      const old = await running.rpc.getBlockHash(1);
      assert.equal(bytesToHex((await p2p.header(old)).bytes), await running.rpc.getBlockHeaderHex(old));
    });
  });
}

test("coin P2P: a daemon that comes back is found again", {
  skip: skipBecause(noLitecoind),
  timeout: 60_000,
}, async () => {
  const inbox = new Inbox();
  const p2pPort = await freePort();
  const p2p = connectTo({ coin: litecoinRegtest, p2pPort }, inbox);
  p2p.start();
  await p2p.firstAttempt;
  assert.equal(p2p.hello, null);
  let running: Running | null = null;
  try {
    for (let i = 0; i < 2; i++) {
      running = await litecoind({ peer: true, p2pPort });
      const block = await nextBlock(running);
      // Whether the connection is there yet or not.
      p2p.sendBlock(block);
      await untilTip(running, block.hash);
      p2p.blockSettled(block.hash);
      assert.notEqual(p2p.hello, null);
      await running.stop();
      running = null;
    }
  } finally {
    await p2p.stop();
    await running?.stop();
  }
});

test("block hook: litecoind's -blocknotify tells of a block", {
  skip: skipBecause(noLitecoind),
  timeout: 60_000,
}, async () => {
  const inbox = new Inbox();
  const server = createServer(
    new WebSide({
      view: emptyView(),
      random: systemRandom,
      password: null,
      staticDir: null,
      blockNotify: (hash) => {
        inbox.push(hash);
        return true;
      },
      clock: systemClock,
      log: createLogger("silent"),
    }).listener,
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const command = `${process.execPath} -e "fetch('http://127.0.0.1:${port}/hooks/block/%s',{method:'POST'})"`;
  const running = await litecoind({ args: [`-blocknotify=${command}`] }).catch((error: unknown) => {
    server.close();
    throw error;
  });
  const p2p = connectTo(running, new Inbox());
  try {
    p2p.start();
    await p2p.firstAttempt;
    const block = await nextBlock(running);
    assert.equal(await running.rpc.submitBlock(bytesToHex(block.raw)), null);
    await inbox.until(block.hash);
  } finally {
    await p2p.stop();
    await running.stop();
    server.closeAllConnections();
    server.close();
  }
});
