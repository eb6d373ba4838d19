import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright-core";
import { formatCoins } from "../../src/core/format.js";
import type { Block, Page as List, MinerItem, Payouts, ShareDetail, Status } from "../../ui/src/types.js";
import { CHROMIUM } from "../support/chromium.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Screenshots are left here for whoever wants to see what the tests saw. */
const ARTIFACTS = process.env.P2POOL_ARTIFACTS ?? join(ROOT, "artifacts");
const SCREENS = [
  { width: 1280, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const;
const skip = skipBecause(existsSync(CHROMIUM) ? false : `Chromium is not installed (${CHROMIUM})`);

describe("dashboard against a running demo", { skip, timeout: 240_000 }, () => {
  let program: Program;
  let browser: Browser;
  let base: string;
  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${base}api/v1${path}`)).json()) as T;

  before(async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    program = new Program(["demo", "--json", "--nodes", "2", "--miners", "3", "-w", "127.0.0.1:0"]);
    const started = await program.until((line) => {
      const event = JSON.parse(line) as { type: string; statusPage: string };
      return event.type === "started" ? event : undefined;
    });
    base = started.statusPage;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    let judged = 0;
    await program.until((line) => (line.includes('"block-judged"') && ++judged === 2 ? true : undefined));
  });
  after(async () => {
    await browser?.close();
    await program?.kill();
  });

  /** A page with what must not happen on it. */
  async function open(options: { width: number; colorScheme: "dark" | "light" } = SCREENS[0]) {
    const { width, colorScheme } = options;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const problems: string[] = [];
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      const { origin } = new URL(request.url());
      if (`${origin}/` !== base && !request.url().startsWith("blob:"))
        problems.push(`asked another host: ${request.url()}`);
    });
    const go = async (hash: string): Promise<void> => {
      await page.goto(`${base}static/#/${hash}`);
      await page.locator("h1").waitFor();
      await until(async () => (await page.locator("[aria-busy]").count()) === 0);
    };
    return { page, problems, go };
  }

  async function pages(): Promise<Readonly<Record<string, string>>> {
    const status = await get<Status>("/status");
    const miners = await get<List<MinerItem>>("/miners");
    const blocks = await get<List<Block>>("/blocks");
    return {
      overview: "",
      miners: "miners",
      miner: `miner/${miners.items[0]!.address}`,
      payouts: "payouts",
      shares: "shares",
      share: `share/${status.chain.tip}`,
      blocks: "blocks",
      block: `block/${blocks.items.at(-1)!.hash}`,
      graphs: "graphs/last_hour",
      peers: "peers",
      node: "node",
      proof: "proof",
      connect: "connect",
    };
  }

  for (const screen of SCREENS) {
    test(`every page, ${screen.width} wide and ${screen.colorScheme}, fits, asks nobody else, and is accessible`, async () => {
      const { page, problems, go } = await open(screen);
      for (const [name, hash] of Object.entries(await pages())) {
        await go(hash);
        const overflow = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        assert.equal(overflow, 0, `${name} is too wide`);
        const text = await page.locator("main").textContent();
        assert.doesNotMatch(text ?? "", /undefined|NaN|Infinity|\[object/, name);
        assert.deepEqual(await seriousIssues(page), [], name);
        const path = join(ARTIFACTS, `${name}-${screen.width}-${screen.colorScheme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
      assert.deepEqual(problems, []);
      await page.close();
    });
  }

  test("figures are those of the API", async () => {
    const { page, go } = await open();
    const blocks = await get<List<Block>>("/blocks");
    const { hash } = blocks.items.at(-1)!;
    const share = await get<ShareDetail>(`/shares/${hash}`);
    await go(`share/${hash}`);
    const rows = await page.locator("section[aria-label='Generation transaction'] tbody tr").allTextContents();
    assert.equal(rows.length, share.gentx!.outputs.length);
    for (const [i, output] of share.gentx!.outputs.entries()) {
      assert.ok(rows[i]!.includes(formatCoins(BigInt(output.valueSat))), `output ${i}: ${rows[i]}`);
      if (output.role === "payout") assert.ok(rows[i]!.includes(output.address!), `output ${i}: ${rows[i]}`);
    }
    await go("payouts");
    const shown = await page.locator("section[aria-label='If a block were found now'] tbody tr").count();
    const payouts = await get<Payouts>("/payouts/current?limit=500");
    assert.ok(Math.abs(shown - payouts.outputs) <= 1, `${shown} rows, ${payouts.outputs} outputs`);
    await go(`block/${hash}`);
    const text = await page.locator("main").textContent();
    assert.ok(text!.includes(formatCoins(BigInt(share.subsidySat))));
    await page.close();
  });

  test("shares and status come in without reloading", async () => {
    const { page, go } = await open();
    await go("shares");
    const dots = page.locator(".tree a");
    const before = await dots.count();
    const loads = (await page.evaluate("performance.getEntriesByType('navigation').length")) as number;
    await until(async () => (await dots.count()) > before + 1);
    assert.equal(await page.evaluate("performance.getEntriesByType('navigation').length"), loads);
    assert.equal(await page.locator(".live.on").count(), 1);
    await page.close();
  });

  test("a share and the whole chain are verified in the browser, and a payout is proven", async () => {
    const { page, problems, go } = await open();
    const { items } = await get<List<Block>>("/blocks");
    const { hash } = items[0]!;
    await go(`share/${hash}`);
    await page.locator("#verify").click();
    await page.locator("#verdict .badge.good").waitFor();
    const steps = await page.locator("#steps li").allTextContents();
    assert.ok(steps.length >= 7 && steps.every((step) => step.startsWith("✓")), steps.join("\n"));
    await page.screenshot({ path: join(ARTIFACTS, "verified-share.png"), fullPage: true });

    const downloading = page.waitForEvent("download");
    await page.locator("#save-proof").click();
    const file = join(tmpdir(), `p2pool-proof-${process.pid}.json`);
    await (await downloading).saveAs(file);
    const inspected = new Program(["inspect", "proof", file]);
    assert.deepEqual((await inspected.ended).code, 0, inspected.stderr);
    assert.match(inspected.lines.at(-1)!, /^PROVEN: .* rBTC of that block$/);

    await go("proof");
    await page.locator("#proof-file").setInputFiles(file);
    await page.locator("#proof-verdict .badge.good").waitFor();
    const { block, ...rest } = JSON.parse(readFileSync(file, "utf8")) as { block: string };
    const forged = `${file}.forged.json`;
    writeFileSync(
      forged,
      JSON.stringify({ ...rest, block: block.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) }),
    );
    await page.locator("#proof-file").setInputFiles(forged);
    await page.locator("#proof-verdict .badge.bad").waitFor();
    assert.equal((await new Program(["inspect", "proof", forged]).ended).code, 1);
    rmSync(file);
    rmSync(forged);

    await go("shares");
    await page.locator("#verify-all").click();
    await page.locator("#chain-verdict .badge.good").waitFor();
    assert.match((await page.locator("#chain-verdict").textContent())!, /shares verified in/);
    assert.deepEqual(problems, []);
    await page.close();
  });

  test("p2pool proof asks a node and writes what p2pool inspect proof accepts", async () => {
    const { items } = await get<List<Block>>("/blocks");
    const share = await get<ShareDetail>(`/shares/${items[0]!.hash}`);
    const payee = share.gentx!.outputs.find(({ role }) => role === "payout")!;
    const file = join(tmpdir(), `p2pool-proof-cli-${process.pid}.json`);
    const args = ["proof", payee.address!, "--block", share.hash, "--net", "demo", "--node", base, "--out", file];
    const made = new Program(args);
    assert.equal((await made.ended).code, 0, made.stderr);
    const inspected = new Program(["inspect", "proof", file, "--json"]);
    assert.equal((await inspected.ended).code, 0, inspected.stderr);
    assert.equal((JSON.parse(inspected.lines[0]!) as { amount: string }).amount, payee.valueSat);
    rmSync(file);
    const nobody = new Program(["proof", "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8", ...args.slice(2, -2)]);
    assert.equal((await nobody.ended).code, 1);
    assert.match(nobody.stderr, /pays nothing to/);
  });

  test("a user name is checked as it is typed, and commands follow it", async () => {
    const { page, go } = await open();
    await go("connect");
    const { items } = await get<List<MinerItem>>("/miners");
    const { address } = items[0]!;
    await page.locator("#username").fill(`${address}.rig7`);
    await page.locator("#username-verdict .badge.good").waitFor();
    assert.ok(
      (await page.locator(".copyable code").allTextContents()).some((text) => text.includes(`${address}.rig7`)),
    );
    await page.locator("#username").fill(address.slice(0, -1));
    await page.locator("#username-verdict .badge.bad").waitFor();
    await page.locator("#username").fill("<img src=x onerror=alert(1)>");
    await page.locator("#username-verdict .badge.bad").waitFor();
    assert.equal(await page.locator("main img").count(), 0);
    await page.close();
  });

  test("keys reach everything: skip link, menu, plots, theme", async () => {
    const { page, go } = await open();
    await go("graphs/last_hour");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "main");
    const plot = page.locator(".plot").first();
    await plot.focus();
    const label = (): Promise<string[]> => page.locator(".plot").first().locator(".axis.start").allTextContents();
    await page.keyboard.press("0");
    const whole = await label();
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    await until(async () => (await label())[0] !== whole[0]);
    const theme = page.getByTitle(/Colours/);
    await theme.click();
    assert.equal(await page.evaluate("document.documentElement.dataset.theme"), "light");
    await theme.click();
    assert.equal(await page.evaluate("document.documentElement.dataset.theme"), "dark");
    await page.reload();
    assert.equal(await page.evaluate("document.documentElement.dataset.theme"), "dark");
    await page.close();
  });

  test("what a visit loads is small", () => {
    const folder = join(ROOT, "dist/static");
    const sizes = readdirSync(folder).map((name) => gzipSync(readFileSync(join(folder, name))).length);
    assert.ok(sizes.length >= 5);
    // All of it together, the checks and the worker that few load included.
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 150_000);
  });
});

/** Looks again and again, as a person would: the policy of the pages forbids to wait for a script's condition in them. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Findings of axe-core that keep somebody from using the page. */
async function seriousIssues(page: Page): Promise<string[]> {
  // Evaluated as the page's own tools are, past its policy, which forbids scripts of others.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const found = (await page.evaluate(`axe.run(document, { resultTypes: ["violations"] })`)) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}
