import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { BlockHeights } from "../../../../src/daemon/block-heights.js";
import { HeaderChain } from "../../../../src/daemon/p2p/header-chain.js";
import { HeaderWalk } from "../../../../src/daemon/p2p/header-walk.js";
import type { KnownHeader } from "../../../../src/daemon/p2p/known-header.js";
import { MethodNotFoundError } from "../../../../src/daemon/rpc/index.js";
import { createLogger } from "../../../../src/platform/log.js";
import { settle, VirtualTime } from "../../peers/support/virtual-time.js";
import { headerOn } from "./support/scripted-daemon.js";

const log = createLogger("silent");
const START = "11".repeat(32);

/** A chain on a block that is not known, oldest first. */
function chainOf(length: number, on: string | null = START, nonce = 0): KnownHeader[] {
  const headers: KnownHeader[] = [];
  for (let i = 0; i < length; i++) headers.push(headerOn(headers.at(-1)?.hash ?? on, nonce));
  return headers;
}

describe("chain of headers", () => {
  test("heights follow from one that is known, whatever order headers come in", () => {
    const main = chainOf(12);
    const fork = chainOf(4, main[5]!.hash, 1);
    const stranger = chainOf(3, "22".repeat(32));
    const all = [...main, ...fork, ...stranger];
    const expected = new Map([
      ...main.map(({ hash }, i) => [hash, 100 + i] as const),
      ...fork.map(({ hash }, i) => [hash, 106 + i] as const),
      ...stranger.map(({ hash }) => [hash, null] as const),
    ]);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.nat(main.length - 1),
        fc.nat(all.length),
        (order, anchor, when) => {
          const chain = new HeaderChain();
          const known = (): void => chain.setHeight(main[anchor]!.hash, 100 + anchor);
          for (const [i, header] of order.entries()) {
            if (i === when) known();
            chain.add(header);
          }
          known();
          for (const { hash } of all) assert.equal(chain.height(hash), expected.get(hash));
        },
      ),
    );
  });

  test("the first block of all has height 0", () => {
    const headers = chainOf(3, null);
    const chain = new HeaderChain();
    for (const header of headers.toReversed()) chain.add(header);
    assert.deepEqual(
      headers.map(({ hash }) => chain.height(hash)),
      [0, 1, 2],
    );
  });

  test("is bounded, however many headers are made up", () => {
    const chain = new HeaderChain();
    for (let i = 0; i < 25_000; i++) chain.add(headerOn(START, i));
    assert.equal(chain.size, 20_000);
  });
});

describe("block heights without RPC", () => {
  test("are had by following headers back over P2P, and asked for once", async () => {
    const time = new VirtualTime();
    const headers = chainOf(10);
    const byHash = new Map<string, KnownHeader>(headers.map((header) => [header.hash, header]));
    const asked: string[] = [];
    const chain = new HeaderChain();
    const walk = new HeaderWalk({
      chain,
      request: async (hash) => {
        asked.push(hash);
        return byHash.get(hash)!;
      },
      depth: 8,
      clock: time,
      log,
    });
    const rpcCalls: string[] = [];
    const heights = new BlockHeights({
      getBlockHeader: async (hash) => {
        rpcCalls.push(hash);
        const context = { method: "getblockheader", endpoint: "", durationMs: 0 };
        throw new MethodNotFoundError("Method not found", { ...context, code: "RPC_METHOD_NOT_FOUND" });
      },
      headers: chain,
      followHeaders: (tip) => walk.follow(tip),
      clock: time,
      log,
    });
    heights.setTip(headers[9]!.hash, 509);
    assert.equal(heights.height(headers[4]!.hash), 0, "not known yet");
    await settle();
    assert.deepEqual(
      asked,
      headers
        .slice(2)
        .map(({ hash }) => hash)
        .reverse(),
    );
    // The tip's own height was known before its header.
    heights.setTip(headers[9]!.hash, 509);
    assert.equal(heights.height(headers[4]!.hash), 504);
    assert.equal(heights.relativeHeight(headers[2]!.hash), -7);
    assert.deepEqual(rpcCalls, [headers[4]!.hash]);
    await walk.follow(headers[9]!.hash);
    assert.equal(asked.length, 8);
  });

  test("a walk that fails is taken up again a minute later", async () => {
    const time = new VirtualTime();
    let attempts = 0;
    const walk = new HeaderWalk({
      chain: new HeaderChain(),
      request: async () => {
        attempts++;
        throw new Error("no connection");
      },
      depth: 5,
      clock: time,
      log,
    });
    await walk.follow(START);
    await walk.follow(START);
    assert.equal(attempts, 1);
    await time.run(60_000);
    await walk.follow(START);
    assert.equal(attempts, 2);
  });

  test("headers that P2P brought are not asked for by RPC", () => {
    const headers = chainOf(3);
    const chain = new HeaderChain();
    chain.add(headers[0]!);
    const heights = new BlockHeights({
      getBlockHeader: () => assert.fail("asked"),
      headers: chain,
      clock: new VirtualTime(),
      log,
    });
    heights.setTip(headers[0]!.hash, 7);
    chain.add(headers[1]!);
    chain.add(headers[2]!);
    assert.equal(heights.height(headers[2]!.hash), 9);
    assert.equal(heights.relativeHeight(headers[2]!.hash), 2);
  });
});
