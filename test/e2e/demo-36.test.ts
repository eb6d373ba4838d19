import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { COMBINED_DONATION_SCRIPT } from "../../src/bitcoin/address.js";
import { binaryStringToBytes, bytesToHex } from "../../src/core/bytes.js";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { networkByName } from "../../src/networks/index.js";
import { ShareRules } from "../../src/sharechain/rules.js";
import type { Block, Page as List, ShareDetail, Versions } from "../../ui/src/types.js";
import { CHROMIUM } from "../support/chromium.js";
import { type PlainDecayedShare, plainDecayedOutputs } from "../support/plain-decayed.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

// The demo with shares of version 36: its blocks pay as the plain sum says, and everything that shows shares knows them.

const NETWORK = networkByName("demo36");
const RULES = new ShareRules(NETWORK);
const DONATION_SCRIPT = bytesToHex(COMBINED_DONATION_SCRIPT);
const skip = skipBecause(existsSync(CHROMIUM) ? false : `Chromium is not installed (${CHROMIUM})`);

type Event = { readonly type: string } & Readonly<Record<string, string>>;
const parse = (line: string): Event => JSON.parse(line) as Event;

interface Started {
  readonly statusPage: string;
  readonly fullNode: { readonly rpcUrl: string; readonly user: string; readonly password: string };
}

describe("demo with shares of version 36", { timeout: 180_000 }, () => {
  let program: Program;
  let started: Started;
  const get = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${started.statusPage}api/v1${path}`)).json()) as T;

  before(async () => {
    program = new Program(["demo", "--share-version", "36", "--json", "--nodes", "2", "-w", "127.0.0.1:0"]);
    started = (await program.until((line) => {
      const event = parse(line);
      return event.type === "started" ? event : undefined;
    })) as unknown as Started;
    let judged = 0;
    await program.until((line) => (parse(line).type === "block-judged" && ++judged === 2 ? true : undefined));
  });
  after(() => program?.kill());

  test("its blocks pay what the decayed plain sum over the shares says", async () => {
    const rpc = new RpcClient({ url: started.fullNode.rpcUrl, auth: started.fullNode });
    const shares = new Map<string, PlainDecayedShare>();
    const events = program.lines.map(parse);
    for (const { type, id, parent, address, work, donation } of events) {
      if (type !== "share") continue;
      const script = bytesToHex(binaryStringToBytes(RULES.payable(address!, "fixed")!.scriptKey));
      const share = { id: id!, parent: parent ?? null, script, work: BigInt(work!), donation: Number(donation) };
      shares.set(id!, share);
    }
    const accepted = events.filter(({ type, accepted }) => type === "block-judged" && (accepted as unknown) === true);
    assert.ok(accepted.length > 0);
    for (const { hash } of accepted) {
      const block = (await rpc.call("getblock", [hash, true, true])) as {
        tx: { vout: { value: number; scriptPubKey: { hex: string } }[] }[];
      };
      const outputs = block.tx[0]!.vout.map(({ value, scriptPubKey }): [string, bigint] => [
        scriptPubKey.hex,
        BigInt(Math.round(value * 1e8)),
      ]);
      const subsidy = outputs.reduce((sum, [, amount]) => sum + amount, 0n);
      const rules = { ...NETWORK, donationScript: DONATION_SCRIPT };
      const { parent } = shares.get(hash!)!;
      const expected =
        parent === null ? [[DONATION_SCRIPT, subsidy]] : plainDecayedOutputs(shares, parent, subsidy, rules);
      // Witness commitment first, reference hash last.
      assert.deepEqual(outputs.slice(1, -1), expected);
    }
    rpc.close();
  });

  test("the API says the version, and inspect and proof accept what it gives", async () => {
    const { items } = await get<List<Block>>("/blocks");
    const share = await get<ShareDetail>(`/shares/${items[0]!.hash}`);
    assert.equal(share.version, 36);
    assert.ok(share.gentx!.outputs.some(({ scriptHex }) => scriptHex === DONATION_SCRIPT));
    const versions = await get<Versions>("/pool/versions");
    assert.match(JSON.stringify(versions), /36/);
    const payee = share.gentx!.outputs.find(({ role }) => role === "payout")!;
    const file = join(tmpdir(), `p2pool-proof-36-${process.pid}.json`);
    const args = ["proof", payee.address!, "--block", share.hash, "--net", NETWORK.name, "--node", started.statusPage];
    const made = new Program([...args, "--out", file]);
    assert.equal((await made.ended).code, 0, made.stderr);
    const inspected = new Program(["inspect", "proof", file, "--json"]);
    assert.equal((await inspected.ended).code, 0, inspected.stderr);
    assert.equal((JSON.parse(inspected.lines[0]!) as { amount: string }).amount, payee.valueSat);
    rmSync(file);
  });

  test("a share and the whole chain are verified in the browser", { skip }, async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      const { items } = await get<List<Block>>("/blocks");
      await page.goto(`${started.statusPage}static/#/share/${items[0]!.hash}`);
      await page.locator("#verify").click();
      await page.locator("#verdict .badge.good").waitFor();
      const steps = await page.locator("#steps li").allTextContents();
      // One more where the window pays its miner.
      assert.ok(steps.length >= 6 && steps.every((step) => step.startsWith("✓")), steps.join("\n"));
      await page.goto(`${started.statusPage}static/#/shares`);
      await page.locator("#verify-all").click();
      await page.locator("#chain-verdict .badge.good").waitFor();
      assert.deepEqual(problems, []);
    } finally {
      await browser.close();
    }
  });
});
