import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Template } from "../../src/bitcoin/template.js";
import { summarizeTransaction } from "../../src/bitcoin/transaction.js";
import { bytesToHex, hexToHash } from "../../src/core/bytes.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { submitBlock } from "../../src/daemon/submit-block.js";
import { createTemplate } from "../../src/daemon/template.js";
import { TemplateSource } from "../../src/daemon/template-source.js";
import { litecoinRegtest } from "../../src/networks/coins/litecoin.js";
import { systemClock } from "../../src/platform/clock.js";
import { mineBlock, spend } from "../support/daemon-block.js";
import { noLitecoind, type RunningLitecoind, startLitecoind } from "../support/daemons.js";
import { skipBecause } from "../support/skip.js";

describe("litecoind", { skip: skipBecause(noLitecoind) }, () => {
  let daemon: RunningLitecoind;
  let rpc: RpcClient;
  let source: TemplateSource;

  before(async () => {
    daemon = await startLitecoind();
    rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
    source = new TemplateSource({ rpc, coin: litecoinRegtest, clock: systemClock });
  });

  after(async () => {
    await source.stop();
    rpc.close();
    await daemon.stop();
  });

  function next(fits: (template: Template) => boolean): Promise<Template> {
    return new Promise((resolve) => {
      const unsubscribe = source.subscribe((template) => {
        if (!fits(template)) return;
        unsubscribe();
        resolve(template);
      });
    });
  }

  test("gives a template, accepts a block on it, and its long poll brings the next one", async () => {
    const coming = next(() => true);
    source.start();
    const first = await coming;
    assert.equal(first.height, 1);
    assert.equal(first.subsidy, 5_000_000_000n);
    assert.deepEqual(first.transactions, []);
    assert.equal(first.mweb, null);
    assert.ok(first.rules.includes("!segwit"), first.rules.join());

    const following = next(({ height }) => height === 2);
    const started = performance.now();
    const block = mineBlock(first, "scrypt");
    const result = await submitBlock(block, { rpc, clock: systemClock });
    assert.deepEqual(result, { accepted: true, reason: null, judged: true, attempts: 1 });
    assert.notEqual((await following).previousBlock, first.previousBlock);
    assert.ok(performance.now() - started < 5_000, "by long poll");

    const { reason, accepted } = await submitBlock(block, { rpc, clock: systemClock });
    assert.deepEqual({ reason, accepted }, { reason: "duplicate", accepted: true });
  });

  test("judges other blocks as the interpretation expects", async () => {
    const template = source.current;
    assert.ok(template !== null);
    const submit = (block: Uint8Array): ReturnType<typeof submitBlock> =>
      submitBlock(block, { rpc, clock: systemClock });
    assert.equal((await submit(mineBlock(template, "scrypt"))).accepted, true);
    const sibling = await submit(mineBlock(template, "scrypt", 1));
    assert.deepEqual([sibling.accepted, sibling.reason], [true, "inconclusive"]);
    const greedy = await submit(mineBlock({ ...template, subsidy: template.subsidy + 1n }, "scrypt", 2));
    // Beside the best chain its coinbase is not looked at.
    assert.deepEqual([greedy.accepted, greedy.reason], [true, "inconclusive"]);
    const garbage = await submit(Uint8Array.of(1, 2, 3));
    assert.deepEqual([garbage.accepted, garbage.reason, garbage.judged], [false, "Block decode failed", true]);
  });

  test("a template's transaction has the sizes that its bytes have, and goes into a block", async () => {
    const getTemplate = async (): Promise<Template> => {
      const answer = await rpc.getBlockTemplate({ rules: litecoinRegtest.daemon.templateRules });
      return createTemplate(answer, answer.height ?? 0, 0);
    };
    const mineOne = async (): Promise<void> => {
      const result = await submitBlock(mineBlock(await getTemplate(), "scrypt"), { rpc, clock: systemClock });
      assert.equal(result.accepted, true);
    };
    const { tx } = await rpc.getBlock(await rpc.getBlockHash(1));
    while ((await rpc.getBlockCount()) < 100) await mineOne();
    const payment = spend(hexToHash(String(tx[0])), 4_999_900_000n);
    await rpc.call("sendrawtransaction", [bytesToHex(payment)]);
    // Until there is a new block the daemon keeps its template for five seconds.
    await mineOne();
    const template = await getTemplate();
    assert.equal(template.transactions.length, 1);
    const { data, weight, strippedSize, txid, fee } = template.transactions[0]!;
    const sizes = summarizeTransaction(payment);
    assert.deepEqual([...data], [...payment]);
    assert.deepEqual([weight, strippedSize, fee], [sizes.weight, sizes.stripped, 100_000n]);
    assert.deepEqual(txid, sizes.txid);
    assert.equal(template.subsidy, 5_000_000_000n + 100_000n);
    await mineOne();
    assert.equal((await rpc.getBlock(await rpc.getBlockHash(template.height))).tx.length, 2);
  });
});
