import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Template } from "../../src/bitcoin/template.js";
import {
  EmbeddedNode,
  EmbeddedNodeError,
  type EmbeddedNodeErrorCode,
  type EmbeddedNodeOptions,
} from "../../src/daemon/embedded/index.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { submitBlock } from "../../src/daemon/submit-block.js";
import { TemplateSource } from "../../src/daemon/template-source.js";
import { bitcoinDemo } from "../../src/networks/coins/bitcoin.js";
import { systemClock } from "../../src/platform/clock.js";
import { mineBlock } from "../support/daemon-block.js";
import { ManualClock } from "../support/daemon-clock.js";

/** Every second hash is a block. */
const EASIEST = 0x207fffff;

describe("embedded node", () => {
  const troubles: string[] = [];
  let node: EmbeddedNode;
  let rpc: RpcClient;
  let source: TemplateSource;

  before(async () => {
    node = await EmbeddedNode.start({
      bits: EASIEST,
      transactionsPerBlock: 4,
      transactionIntervalMs: 50,
      onTrouble: (message) => troubles.push(message),
    });
    rpc = new RpcClient({ url: node.rpcUrl, auth: node.auth });
    source = new TemplateSource({ rpc, coin: bitcoinDemo, clock: systemClock });
    source.start();
  });

  after(async () => {
    await source.stop();
    rpc.close();
    await node.stop();
    assert.deepEqual(troubles, []);
  });

  /** The first template that fits, the current one or one to come. */
  function until(fits: (template: Template) => boolean): Promise<Template> {
    return new Promise((resolve) => {
      if (source.current !== null && fits(source.current)) return resolve(source.current);
      const unsubscribe = source.subscribe((template) => {
        if (!fits(template)) return;
        unsubscribe();
        resolve(template);
      });
    });
  }

  test("gives a template with signed payments on its premined chain", async () => {
    const template = await until(() => true);
    assert.equal(template.height, node.height + 1);
    assert.equal(template.bits, EASIEST);
    assert.ok(template.rules.includes("!segwit"));
    assert.equal(template.transactions.length, 4);
    const fees = template.transactions.reduce((sum, { fee }) => sum + (fee ?? 0n), 0n);
    assert.equal(template.subsidy, 5_000_000_000n + fees);
    for (const { data, strippedSize, weight, txid, hash } of template.transactions) {
      assert.equal(weight, data.length + 3 * strippedSize);
      assert.ok(strippedSize < data.length, "has a witness");
      assert.notDeepEqual(txid, hash);
    }
  });

  test("accepts a mined block, and the long poll brings the next template", async () => {
    const first = await until(() => true);
    const block = mineBlock(first, "sha256d");
    const started = performance.now();
    const result = await submitBlock(block, { rpc, clock: systemClock });
    assert.deepEqual(result, { accepted: true, reason: null, judged: true, attempts: 1 });
    const next = await until(({ height }) => height === first.height + 1);
    assert.notEqual(next.previousBlock, first.previousBlock);
    // Polling alone would take up to 15 s.
    assert.ok(performance.now() - started < 5_000);

    const again = await submitBlock(block, { rpc, clock: systemClock });
    assert.deepEqual(again, { accepted: true, reason: "duplicate", judged: true, attempts: 1 });
  });

  test("accepts a sibling of the tip, and refuses a block that pays too much", async () => {
    const template = await until(() => true);
    assert.equal((await submitBlock(mineBlock(template, "sha256d"), { rpc, clock: systemClock })).accepted, true);
    const sibling = await submitBlock(mineBlock(template, "sha256d", 1), { rpc, clock: systemClock });
    assert.deepEqual(sibling, { accepted: true, reason: null, judged: true, attempts: 1 });

    const next = await until(({ height }) => height === template.height + 1);
    const greedy = mineBlock({ ...next, subsidy: next.subsidy + 1n }, "sha256d");
    const refused = await submitBlock(greedy, { rpc, clock: systemClock });
    assert.deepEqual(refused, { accepted: false, reason: "bad-cb-amount", judged: true, attempts: 1 });
  });

  test("fills the next blocks with payments too", async () => {
    const template = await until(() => true);
    await submitBlock(mineBlock(template, "sha256d"), { rpc, clock: systemClock });
    for (;;) {
      const mempool = await rpc.call("getmempoolinfo");
      if (typeof mempool === "object" && mempool !== null && "size" in mempool && mempool.size === 4) break;
    }
  });

  test("answers as the client expects", async () => {
    const info = await rpc.getBlockchainInfo();
    assert.equal(info.chain, "regtest");
    assert.equal(info.blocks, await rpc.getBlockCount());
    assert.deepEqual(info.warnings, []);
    const network = await rpc.getNetworkInfo();
    assert.equal(network.version, "v1.0.2");
    const tip = await rpc.getBlockHash(info.blocks);
    assert.equal((await rpc.getBlockHeader(tip)).height, info.blocks);
    assert.equal((await rpc.getBlockHeaderHex(tip)).length, 160);
    assert.equal((await rpc.getBlock(tip)).hash, tip);
    for (const address of ["mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw"]) {
      assert.equal((await rpc.validateAddress(address)).isvalid, true);
    }
    assert.equal((await rpc.validateAddress("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")).isvalid, false);
    // bitcoind says -5.
    await assert.rejects(rpc.getBlockHeader("00".repeat(32)), { rpcCode: -1, message: "Block not found" });
    await assert.rejects(rpc.call("getmoney"), { name: "MethodNotFoundError" });
    const stranger = new RpcClient({ url: node.rpcUrl, auth: { user: "x", password: "wrong" } });
    await assert.rejects(stranger.getBlockCount(), { name: "AuthError" });
    stranger.close();
  });
});

test("embedded node: the same time gives the same chain, another node is another chain", async () => {
  const options: EmbeddedNodeOptions = { premine: 12, premineTime: 1_700_000_000 };
  const nodes = await Promise.all([EmbeddedNode.start(options), EmbeddedNode.start(options)]);
  const tips = await Promise.all(
    nodes.map(async ({ rpcUrl: url, auth }) => {
      const rpc = new RpcClient({ url, auth });
      const { bestblockhash, blocks } = await rpc.getBlockchainInfo();
      rpc.close();
      return { bestblockhash, blocks };
    }),
  );
  assert.deepEqual(tips[0], tips[1]);
  assert.equal(tips[0]?.blocks, 12);
  const started = performance.now();
  await Promise.all(nodes.map((node) => node.stop()));
  assert.ok(performance.now() - started < 2_000);
});

describe("embedded node: its worker", () => {
  const bundle = fileURLToPath(new URL("../../embedded/bcoin-worker.cjs", import.meta.url));
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "embedded-"));
  });
  after(() => rm(directory, { recursive: true }));

  /** A worker of these lines, which have `say` to send a message. */
  async function workerOf(name: string, ...lines: string[]): Promise<string> {
    const file = join(directory, `${name}.cjs`);
    const say = 'const say = (message) => require("node:worker_threads").parentPort.postMessage(message);';
    await writeFile(file, [say, ...lines].join("\n"));
    return file;
  }

  function isError(code: EmbeddedNodeErrorCode): (error: unknown) => boolean {
    return (error) => error instanceof EmbeddedNodeError && error.code === code;
  }

  test("contacts nobody", async () => {
    const workerFile = await workerOf(
      "spy",
      'const net = require("node:net"), dns = require("node:dns"), dgram = require("node:dgram");',
      'const tell = (what) => say({ kind: "trouble", message: what });',
      'net.Socket.prototype.connect = () => { tell("connects"); throw new Error("no"); };',
      'dgram.createSocket = () => { tell("sends datagrams"); throw new Error("no"); };',
      "const { lookup } = dns;",
      "dns.lookup = (host, ...rest) => { if (!net.isIP(host)) tell('asks for ' + host); return lookup(host, ...rest); };",
      'for (const name of ["resolve", "resolve4", "resolve6"]) dns[name] = () => tell("asks for a name");',
      `require(${JSON.stringify(bundle)});`,
    );
    const troubles: string[] = [];
    const node = await EmbeddedNode.start({ workerFile, premine: 10, onTrouble: (message) => troubles.push(message) });
    const rpc = new RpcClient({ url: node.rpcUrl, auth: node.auth });
    assert.equal(await rpc.getBlockCount(), 10);
    rpc.close();
    await node.stop();
    assert.deepEqual(troubles, []);
  });

  test("fails to start: reported", async () => {
    const missing = EmbeddedNode.start({ workerFile: join(directory, "missing.cjs") });
    await assert.rejects(missing, isError("EMBEDDED_START_FAILED"));
    const workerFile = await workerOf("busy", 'say({ kind: "failed", message: "EADDRINUSE", portInUse: true });');
    await assert.rejects(EmbeddedNode.start({ workerFile }), isError("EMBEDDED_START_FAILED"));
    await assert.rejects(EmbeddedNode.start({ signal: AbortSignal.abort() }), { name: "AbortError" });
  });

  test("is not ready in time: reported, and gone", async () => {
    const clock = new ManualClock();
    const workerFile = await workerOf("mute", "setInterval(() => {}, 1e6);");
    const start = EmbeddedNode.start({ workerFile, clock });
    const rejected = assert.rejects(start, isError("EMBEDDED_START_TIMEOUT"));
    await clock.untilWaiting(30_000);
    clock.advance(30_000);
    await rejected;
  });

  test("crashes later: reported once, with the reason", async () => {
    const sign = join(directory, "crash-now");
    const workerFile = await workerOf(
      "crash",
      'say({ kind: "ready", height: 1 });',
      `const isTime = () => require("node:fs").existsSync(${JSON.stringify(sign)});`,
      'setInterval(() => { if (isTime()) throw new Error("out of luck"); }, 5);',
    );
    const error = await new Promise<EmbeddedNodeError>((resolve, reject) => {
      EmbeddedNode.start({ workerFile, onExit: resolve }).then(() => writeFile(sign, ""), reject);
    });
    assert.equal(error.code, "EMBEDDED_CRASHED");
    assert.match(error.message, /out of luck/);
  });
});
