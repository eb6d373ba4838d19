import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { subsidyAtHeight } from "../../src/bitcoin/coin.js";
import type { Template } from "../../src/bitcoin/template.js";
import { checkTemplate } from "../../src/daemon/check-template.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { type SubmitResult, submitBlock } from "../../src/daemon/submit-block.js";
import { createTemplate, hasMweb } from "../../src/daemon/template.js";
import { litecoinRegtest } from "../../src/networks/coins/litecoin.js";
import { systemClock } from "../../src/platform/clock.js";
import { mineBlock } from "../support/daemon-block.js";
import { noLitecoind, type RunningLitecoind, startLitecoind } from "../support/daemons.js";
import { skipBecause } from "../support/skip.js";

// Litecoin's extension block, as a real litecoind makes it: its templates pass our checks, and blocks on them its own.

const COIN = 100_000_000n;

describe("litecoind with MWEB", { skip: skipBecause(noLitecoind), timeout: 60_000 }, () => {
  let daemon: RunningLitecoind;
  let rpc: RpcClient;

  before(async () => {
    daemon = await startLitecoind({ mweb: true });
    rpc = new RpcClient({ url: daemon.rpcUrl, auth: { cookieFile: daemon.cookieFile } });
  });

  after(async () => {
    rpc.close();
    await daemon.stop();
  });

  async function takeTemplate(): Promise<Template> {
    const answer = await rpc.getBlockTemplate({ rules: litecoinRegtest.daemon.templateRules });
    return createTemplate(answer, answer.height ?? 0, 0);
  }

  async function submit(template: Template): Promise<Pick<SubmitResult, "accepted" | "reason">> {
    const { accepted, reason } = await submitBlock(mineBlock(template, "scrypt"), { rpc, clock: systemClock });
    return { accepted, reason };
  }

  test("its transaction comes last; blocks with coins that go in and out are accepted", async () => {
    await rpc.request("createwallet", ["test"]);
    const address = await rpc.getNewAddress("");
    const hidden = await rpc.request("getnewaddress", ["", "mweb"]);
    // From the next block on there is an extension block, if something goes into it.
    await rpc.request("generatetoaddress", [431, address], { timeoutMs: 60_000 });
    for (const [to, amount] of [
      [hidden, 10n],
      [address, 1n],
      [hidden, 5n],
      [address, 14n],
    ] as const) {
      await rpc.request("sendtoaddress", [to, amount * COIN]);
      const template = await takeTemplate();
      checkTemplate(template);
      assert.ok(template.mweb !== null && template.rules.includes("mweb"), template.rules.join());
      const fees = template.transactions.reduce((sum, { fee }) => sum + (fee ?? 0n), 0n);
      assert.equal(template.subsidy, subsidyAtHeight(litecoinRegtest, template.height) + fees);
      const last = template.transactions.length - 1;
      assert.deepEqual(
        template.transactions.map(({ data }) => hasMweb(data)),
        template.transactions.map((_, i) => i === last),
      );

      assert.deepEqual(await submit({ ...template, mweb: null }), { accepted: false, reason: "Block decode failed" });
      assert.deepEqual(await submit(template), { accepted: true, reason: null });
    }
    assert.equal(await rpc.getBlockCount(), 435);
  });

  test("what the daemon would refuse is refused here before", async () => {
    const template = await takeTemplate();
    assert.ok(template.mweb !== null);
    const refused = { code: "TEMPLATE_MWEB" };
    assert.throws(() => checkTemplate({ ...template, mweb: null }), refused);
    const without = { ...template, transactions: template.transactions.slice(0, -1) };
    assert.throws(() => checkTemplate(without), refused);
    assert.equal((await submit(without)).accepted, false);
  });
});
