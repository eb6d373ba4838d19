import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { MergedChains } from "../../../../src/daemon/merged/merged-chains.js";
import { MergedChild } from "../../../../src/daemon/merged/merged-child.js";
import {
  ConnectionError,
  MethodNotFoundError,
  type RpcClient,
  type RpcClientError,
  RpcError,
  type RpcErrorData,
} from "../../../../src/daemon/rpc/index.js";
import { createLogger } from "../../../../src/platform/log.js";
import { VirtualTime } from "../../peers/support/virtual-time.js";

const log = createLogger("silent");
const PROOF = Uint8Array.of(1, 2, 3);
/** A found block that the daemon made. */
const ownBlock = (hash: string) => ({ hash, proof: PROOF, bytes: null });

function error(
  Class: new (message: string, data: RpcErrorData) => RpcClientError,
  code: RpcErrorData["code"],
  message: string,
): Error {
  return new Class(message, { method: "", endpoint: "", durationMs: 0, code });
}

const DOWN = error(ConnectionError, "RPC_CONNECTION", "nobody listens");
const UNKNOWN_METHOD = error(MethodNotFoundError, "RPC_METHOD_NOT_FOUND", "Method not found");

/** A child's daemon on virtual time; what it answers is a function of the method. */
class Scripted {
  readonly calls: { readonly method: string; readonly params: readonly unknown[] }[] = [];
  hash = "aa".repeat(32);
  previousBlock = "01".repeat(32);
  chainId = 98;
  /** What becomes of calls; undefined for work. */
  answer: (method: string, params: readonly unknown[]) => unknown = () => undefined;

  readonly rpc: ConstructorParameters<typeof MergedChild>[0]["rpc"] = {
    endpoint: "http://127.0.0.1:8336/",
    getBlockTemplate: async (request) => this.rpc.request("getblocktemplate", [request]),
    submitBlock: async (hex) => this.rpc.request("submitblock", [hex]),
    submitBlockByTemplate: async () => assert.fail("submitblock is there"),
    request: (async (method: string, params: readonly unknown[]) => {
      this.calls.push({ method, params });
      const answer = this.answer(method, params);
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) return answer;
      return {
        hash: this.hash,
        chainid: this.chainId,
        _target: "ff".repeat(32),
        previousblockhash: this.previousBlock,
      };
    }) as RpcClient["request"],
  };

  methods(): string[] {
    return this.calls.splice(0).map(({ method }) => method);
  }
}

describe("daemon of a merged chain", () => {
  let time: VirtualTime;
  let daemon: Scripted;
  let child: MergedChild;
  let works: (string | null)[];
  let shared: readonly number[];

  beforeEach(() => {
    time = new VirtualTime();
    daemon = new Scripted();
    works = [];
    shared = [];
    child = create(null);
  });
  afterEach(async () => {
    const stopped = child.stop();
    await time.run(0);
    await stopped;
    assert.equal(time.size, 0, "no timer is left");
  });

  function create(address: string | null): MergedChild {
    return new MergedChild({
      rpc: daemon.rpc,
      address,
      sharedChains: () => shared,
      clock: time,
      log,
      onWork: () => works.push(child.work?.hash ?? null),
    });
  }

  test("is asked every second, and only other work is told", async () => {
    child.start();
    await time.run(2_500);
    assert.deepEqual(daemon.methods(), ["getauxblock", "getauxblock", "getauxblock"]);
    assert.deepEqual(works, [daemon.hash]);
    daemon.hash = "bb".repeat(32);
    await time.run(1_000);
    assert.deepEqual(works, ["aa".repeat(32), "bb".repeat(32)]);
    assert.equal(child.work?.previousBlock, daemon.previousBlock);
  });

  /** As Dogecoin's daemon gives it: the chain is in the version. */
  const TEMPLATE = {
    version: (98 << 16) | 4,
    previousblockhash: "01".repeat(32),
    transactions: [],
    coinbasevalue: 1_000_000_000_000n,
    curtime: 1_800_000_000,
    bits: "1a01ffff",
    height: 6_000_000,
    rules: [],
  };

  test("whose blocks pay every miner is asked for templates only, and given whole blocks until it has judged them", async () => {
    shared = [98];
    let isDown = true;
    daemon.answer = (method) => (method === "getblocktemplate" ? TEMPLATE : isDown ? DOWN : null);
    child.start();
    await time.run(1_500);
    assert.deepEqual(daemon.methods(), ["getblocktemplate", "getblocktemplate"]);
    assert.equal(works.length, 1, "the same template is no news");
    const { offer, ...work } = child.work!;
    assert.deepEqual([work.chainId, work.height, work.value], [98, 6_000_000, 1_000_000_000_000n]);
    assert.deepEqual([offer!.height, offer!.template.chainId], [6_000_000n, 98]);

    const verdict = child.submit({ hash: "ee".repeat(32), proof: PROOF, bytes: Uint8Array.of(0xab) });
    await time.run(400_000);
    const handed = daemon.calls.filter(({ method }) => method === "submitblock");
    assert.ok(handed.length > 11);
    assert.deepEqual(handed[0]!.params, ["ab"]);
    isDown = false;
    await time.run(20_000);
    const { accepted, judged } = (await verdict)!;
    assert.deepEqual([accepted, judged], [true, true]);
    assert.equal(child.submit({ hash: "ee".repeat(32), proof: PROOF, bytes: Uint8Array.of(0xab) }), null);
  });

  test("that has no templates makes its own blocks", async () => {
    shared = [98];
    daemon.answer = (method) => (method === "getblocktemplate" ? UNKNOWN_METHOD : undefined);
    child.start();
    await time.run(1_500);
    assert.deepEqual(daemon.methods(), ["getblocktemplate", "getauxblock", "getauxblock"]);
    assert.deepEqual(works, [daemon.hash]);
  });

  test("that does not say its chain in the template says it with its own block", async () => {
    shared = [98];
    daemon.answer = (method) => (method === "getblocktemplate" ? { ...TEMPLATE, version: 0x20000004 } : undefined);
    child.start();
    await time.run(1_500);
    assert.deepEqual(daemon.methods(), ["getblocktemplate", "getauxblock", "getblocktemplate"]);
    assert.notEqual(child.work?.offer, undefined);
  });

  test("of another chain is not asked for templates again, nor while shares do not say whom to pay", async () => {
    shared = [98];
    daemon.chainId = 1;
    daemon.answer = (method) => (method === "getblocktemplate" ? { ...TEMPLATE, version: 0x20000004 } : undefined);
    child.start();
    await time.run(1_500);
    assert.deepEqual(daemon.methods(), ["getblocktemplate", "getauxblock", "getauxblock"]);
    shared = [];
    await time.run(1_000);
    assert.deepEqual(daemon.methods(), ["getauxblock"]);
  });

  test("that fails is asked every 5 s; after a minute its work is dropped, and comes back with it", async () => {
    child.start();
    await time.run(500);
    daemon.answer = () => DOWN;
    daemon.methods();
    await time.run(20_000);
    assert.equal(daemon.methods().length, 4);
    assert.notEqual(child.work, null);
    await time.run(45_000);
    assert.equal(child.work, null);
    assert.deepEqual(works, [daemon.hash, null]);
    daemon.answer = () => undefined;
    await time.run(5_000);
    assert.deepEqual(works, [daemon.hash, null, daemon.hash]);
  });

  test("that answers nonsense gives no work", async () => {
    daemon.answer = () => true;
    child.start();
    await time.run(6_000);
    assert.deepEqual([child.work, works], [null, []]);
  });

  test("with an address it is asked to pay that; one that cannot falls back to its wallet", async () => {
    child = create("N1address");
    child.start();
    await time.run(100);
    assert.deepEqual(daemon.calls, [{ method: "createauxblock", params: ["N1address"] }]);
    daemon.methods();
    daemon.answer = (method) => (method === "createauxblock" ? UNKNOWN_METHOD : undefined);
    await time.run(2_000);
    assert.deepEqual(daemon.methods(), ["createauxblock", "getauxblock", "getauxblock"]);
  });

  test("is given a proof by the method that belongs to the work", async () => {
    child.start();
    await time.run(100);
    daemon.methods();
    daemon.answer = () => true;
    assert.deepEqual(await child.submit(ownBlock(daemon.hash)), { accepted: true, reason: null, judged: true });
    assert.deepEqual(daemon.calls[0], { method: "getauxblock", params: [daemon.hash, "010203"] });

    const other = create("N1address");
    daemon.calls.length = 0;
    assert.equal((await other.submit(ownBlock("cc".repeat(32))))?.accepted, true);
    assert.deepEqual(daemon.methods(), ["submitauxblock"]);
    daemon.answer = (method) => (method === "submitauxblock" ? UNKNOWN_METHOD : true);
    assert.equal((await other.submit(ownBlock("dd".repeat(32))))?.accepted, true);
    assert.deepEqual(daemon.methods(), ["submitauxblock", "getauxblock"]);
    await other.stop();
  });

  test("what it took is asked about at once, and not handed in again", async () => {
    child.start();
    await time.run(100);
    daemon.answer = (_, params) => (params.length > 0 ? true : undefined);
    const taken = daemon.hash;
    daemon.methods();
    const [first, second] = [child.submit(ownBlock(taken)), child.submit(ownBlock(taken))];
    assert.equal(second, null, "on its way");
    daemon.hash = "bb".repeat(32);
    assert.equal((await first)?.accepted, true);
    assert.equal(child.submit(ownBlock(taken)), null);
    await time.run(10);
    assert.deepEqual(daemon.methods(), ["getauxblock", "getauxblock"]);
    assert.equal(child.work?.hash, daemon.hash);
  });

  const verdicts: [string, unknown, { accepted: boolean; reason: string | null; judged: boolean }][] = [
    ["true", true, { accepted: true, reason: null, judged: true }],
    ["null", null, { accepted: true, reason: null, judged: true }],
    ["false", false, { accepted: false, reason: null, judged: true }],
    ["a reason", "inconclusive", { accepted: false, reason: "inconclusive", judged: true }],
    [
      "an error",
      error(RpcError, "RPC_ERROR", "block hash unknown"),
      { accepted: false, reason: "block hash unknown", judged: true },
    ],
  ];
  for (const [name, answer, verdict] of verdicts) {
    test(`its ${name} for a proof is a verdict`, async () => {
      daemon.answer = (_, params) => (params.length > 0 ? answer : undefined);
      assert.deepEqual(await child.submit(ownBlock(daemon.hash)), verdict);
      assert.equal(daemon.calls.filter(({ params }) => params.length > 0).length, 1);
      // After a refusal it is known what the chain works on now.
      assert.equal(child.work !== null, !verdict.accepted);
    });
  }

  test("another proof of a block that was refused may be handed in", async () => {
    daemon.answer = () => false;
    assert.equal((await child.submit(ownBlock(daemon.hash)))?.accepted, false);
    daemon.answer = () => true;
    assert.equal((await child.submit(ownBlock(daemon.hash)))?.accepted, true);
  });

  test("while it cannot be reached a proof is handed in every 10 s, eleven times", async () => {
    daemon.answer = () => DOWN;
    const submission = child.submit(ownBlock(daemon.hash));
    await time.run(99_000);
    assert.equal(daemon.calls.length, 10);
    await time.run(2_000);
    assert.deepEqual(await submission, { accepted: false, reason: "nobody listens", judged: false });
    assert.equal(daemon.calls.length, 11);
  });

  test("a proof is not lost while it is away, and the end does not wait for it", async () => {
    daemon.answer = () => DOWN;
    const [back, never] = [child.submit(ownBlock(daemon.hash)), child.submit(ownBlock("bb".repeat(32)))];
    await time.run(25_000);
    daemon.answer = (_, [hash]) => (hash === daemon.hash ? true : DOWN);
    await time.run(10_000);
    assert.equal((await back)?.accepted, true);
    const stopped = child.stop();
    assert.deepEqual(await never, { accepted: false, reason: "stopped", judged: false });
    await stopped;
    assert.equal(child.submit(ownBlock("cc".repeat(32))), null);
  });
});

describe("merged chains of a node", () => {
  async function scene(
    chainIds: readonly number[],
    check: (chains: MergedChains, daemons: readonly Scripted[], time: VirtualTime) => Promise<void>,
  ): Promise<void> {
    const time = new VirtualTime();
    const daemons = chainIds.map((chainId, i) => {
      const daemon = new Scripted();
      daemon.chainId = chainId;
      daemon.hash = `0${i}`.repeat(32);
      return daemon;
    });
    const chains = new MergedChains({
      createChildren: (onWork) =>
        daemons.map(
          ({ rpc }) => new MergedChild({ rpc, address: null, sharedChains: () => [], clock: time, log, onWork }),
        ),
      log,
      onWork: () => {},
    });
    chains.start();
    await time.run(100);
    await check(chains, daemons, time);
    const stopped = chains.stop();
    await time.run(0);
    await stopped;
  }

  test("each gets the proofs of its own blocks, also while it gives no work", async () => {
    await scene([98, 1], async (chains, [first, second], time) => {
      assert.deepEqual(
        chains.work.map(({ chainId }) => chainId),
        [98, 1],
      );
      second!.answer = (_, params) => (params.length > 0 ? true : DOWN);
      await time.run(70_000);
      assert.deepEqual(
        chains.work.map(({ chainId }) => chainId),
        [98],
      );
      first!.calls.length = 0;
      second!.calls.length = 0;
      assert.equal((await chains.submit({ chainId: 1, ...ownBlock(second!.hash) }))?.accepted, true);
      assert.ok(second!.calls.some(({ params }) => params.length === 2));
      assert.ok(first!.calls.every(({ params }) => params.length === 0));
      assert.equal(chains.submit({ chainId: 5, ...ownBlock("ee".repeat(32)) }), null);
    });
  });

  test("two of one chain, or of one that no tree tells apart: the first counts", async () => {
    await scene([7, 7, 7 + 2 ** 30], async (chains, [first]) => {
      assert.deepEqual(
        chains.work.map(({ hash }) => hash),
        [first!.hash],
      );
    });
  });

  test("a block is current while its chain has not gone on", async () => {
    await scene([98], async (chains, [daemon], time) => {
      const [work] = chains.work;
      daemon!.hash = "ab".repeat(32);
      await time.run(1_000);
      assert.equal(chains.isCurrent(work!), true, "the same tip with other transactions");
      daemon!.previousBlock = "cd".repeat(32);
      await time.run(1_000);
      assert.equal(chains.isCurrent(work!), false);
    });
  });
});
