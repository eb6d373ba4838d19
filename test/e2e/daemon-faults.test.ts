import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { freePort, noLitecoind, type RunningLitecoind, startLitecoind } from "../support/daemons.js";
import { type DaemonPlace, LitecoinNode } from "../support/litecoin-node.js";
import { skipBecause } from "../support/skip.js";
import { type ProxyMode, TcpProxy } from "../support/tcp-proxy.js";

// A node on real daemons that are killed, started again, paused, slowed and garbled: it tells what is wrong in one line,
// hands out no stale work, recovers by itself, and no found block is lost. The node's clock runs twenty times faster.

const placeOf = ({ rpcUrl, p2pPort, cookieFile }: RunningLitecoind): DaemonPlace => ({
  rpcPort: Number(new URL(rpcUrl).port),
  p2pPort,
  cookieFile,
});

/** What a daemon takes over from one that was killed. */
const successorOf = ({ rpcUrl, p2pPort, directory }: RunningLitecoind) => ({
  directory,
  rpcPort: Number(new URL(rpcUrl).port),
  p2pPort,
});

/** Every block that was found is taken in the end, if only beside the best chain. */
async function noneIsLost(node: LitecoinNode): Promise<void> {
  await node.stopMiner();
  await node.until(() => (node.node.blocks.every(({ accepted }) => accepted !== null) ? true : undefined));
  const blocks = node.node.blocks;
  assert.ok(blocks.length > 0);
  assert.deepEqual(
    blocks.filter(({ accepted }) => accepted !== true).map(({ reason }) => reason),
    [],
  );
}

async function mineOne(node: LitecoinNode): Promise<void> {
  const from = node.events.length;
  node.startMiner();
  await node.untilEvent("block-judged", from);
  await node.stopMiner();
}

describe("faults of the daemon", { skip: skipBecause(noLitecoind), timeout: 120_000 }, () => {
  test("killed and started again: blocks found meanwhile are handed in", async () => {
    const directory = mkdtempSync(join(tmpdir(), "litecoind-"));
    let daemon = await startLitecoind({ directory });
    const node = new LitecoinNode([placeOf(daemon)]);
    try {
      await node.start();
      await mineOne(node);
      const from = node.lines.length;
      await daemon.stop();
      const found = node.events.length;
      node.startMiner();
      await node.untilEvent("block-found", found);
      await node.stopMiner();
      await node.untilLine(/^getting a block template failed: nobody listens/, from);
      await node.until(() =>
        node.refusal?.startsWith("waiting for the coin daemon: nobody listens") ? true : undefined,
      );
      daemon = await startLitecoind({ ...successorOf(daemon) });
      await node.untilLine(/^the daemon gives templates again$/, from);
      await noneIsLost(node);
      await mineOne(node);
      assert.equal(node.refusal, null);
    } finally {
      await node.stop();
      await daemon.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test("paused: no work once its template is a minute old, and work again when it goes on", async () => {
    const daemon = await startLitecoind();
    const node = new LitecoinNode([placeOf(daemon)]);
    try {
      await node.start();
      const from = node.lines.length;
      daemon.signal("SIGSTOP");
      const found = node.events.length;
      node.startMiner();
      await node.untilEvent("block-found", found);
      await node.stopMiner();
      await node.untilLine(/^getting a block template failed: no answer/, from);
      await node.until(() => (node.refusal?.startsWith("waiting for the coin daemon: no answer") ? true : undefined));
      assert.equal(node.lines.slice(from).filter((line) => /template failed/.test(line)).length, 1, "told once");
      daemon.signal("SIGCONT");
      await node.untilLine(/^the daemon gives templates again$/, from);
      assert.equal(node.refusal, null);
      await noneIsLost(node);
    } finally {
      await node.stop();
      await daemon.stop();
    }
  });

  const WIRES: [what: string, mode: ProxyMode, says: RegExp][] = [
    [
      "garbage instead of answers",
      { kind: "alter", alter: (b) => Buffer.from(b.map((x) => x ^ 0x55)) },
      /template failed/,
    ],
    [
      "answers with holes",
      { kind: "alter", alter: (b) => Buffer.from(b.map((x, i) => (i % 97 === 96 ? 0 : x))) },
      /template failed/,
    ],
    ["silence", { kind: "silent" }, /template failed: no answer/],
    ["nobody there", { kind: "closed" }, /template failed/],
  ];
  for (const [what, mode, says] of WIRES) {
    test(`a wire with ${what}`, async () => {
      const daemon = await startLitecoind();
      const rpc = await TcpProxy.start(placeOf(daemon).rpcPort);
      const p2p = await TcpProxy.start(daemon.p2pPort);
      const node = new LitecoinNode([{ ...placeOf(daemon), rpcPort: rpc.port, p2pPort: p2p.port }]);
      try {
        await node.start();
        await mineOne(node);
        const from = node.lines.length;
        rpc.mode = mode;
        p2p.mode = mode;
        const found = node.events.length;
        node.startMiner();
        await node.untilEvent("block-found", found);
        await node.stopMiner();
        await node.untilLine(says, from);
        await node.until(() => (node.refusal !== null ? true : undefined));
        rpc.mode = { kind: "pass" };
        p2p.mode = { kind: "pass" };
        rpc.closeConnections();
        p2p.closeConnections();
        await node.untilLine(/^the daemon gives templates again$/, from);
        await noneIsLost(node);
        await mineOne(node);
      } finally {
        await node.stop();
        await Promise.all([rpc.stop(), p2p.stop()]);
        await daemon.stop();
      }
    });
  }

  test("slow answers cost time, and nothing else", async () => {
    const daemon = await startLitecoind();
    const rpc = await TcpProxy.start(placeOf(daemon).rpcPort);
    const node = new LitecoinNode([{ ...placeOf(daemon), rpcPort: rpc.port }]);
    try {
      await node.start();
      // Ten seconds by the node's clock.
      rpc.mode = { kind: "slow", delayMs: 500 };
      await mineOne(node);
      await noneIsLost(node);
      assert.equal(node.refusal, null);
      assert.deepEqual(
        node.lines.filter((line) => /failed/.test(line)),
        [],
      );
    } finally {
      await node.stop();
      await rpc.stop();
      await daemon.stop();
    }
  });

  test("of two daemons the second takes over from one that was killed or paused, and the first comes back", async () => {
    const directory = mkdtempSync(join(tmpdir(), "litecoind-"));
    const ports = { p2pPort: await freePort(), rpcPort: await freePort() };
    const link = [`-addnode=127.0.0.1:${ports.p2pPort}`];
    let first = await startLitecoind({ directory, ...ports });
    const second = await startLitecoind({ args: link });
    const node = new LitecoinNode([placeOf(first), placeOf(second)]);
    const active = (): number => node.node.daemons.activeIndex;
    try {
      await node.start();
      await mineOne(node);
      for (const fault of ["killed", "paused"] as const) {
        const from = node.lines.length;
        if (fault === "killed") await first.stop();
        else first.signal("SIGSTOP");
        await node.untilLine(/gives no templates \(.*\): work comes from http/, from);
        assert.equal(active(), 1);
        assert.equal(node.refusal, null, "work goes on");
        await mineOne(node);
        if (fault === "killed")
          first = await startLitecoind({ ...successorOf(first), args: [`-addnode=127.0.0.1:${second.p2pPort}`] });
        else first.signal("SIGCONT");
        await node.untilLine(/can be mined on again: work comes from http/, from);
        assert.equal(active(), 0);
        await mineOne(node);
      }
      await noneIsLost(node);
    } finally {
      await node.stop();
      await Promise.all([first.stop(), second.stop()]);
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
