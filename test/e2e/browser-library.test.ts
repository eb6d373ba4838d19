import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { CHROMIUM } from "../support/chromium.js";
import { skipBecause } from "../support/skip.js";

const ROOT = new URL("../../../", import.meta.url);
const file = (path: string): string => fileURLToPath(new URL(path, ROOT));
const skip = skipBecause(existsSync(CHROMIUM) ? false : `Chromium is not installed (${CHROMIUM})`);

test("the documented example verifies shares in a browser", { skip, timeout: 60_000 }, async () => {
  const build = await rolldown({ input: file("docs/examples/verify-share.js"), platform: "browser", cwd: file(".") });
  const { output } = await build.generate({ format: "iife", name: "example" });
  await build.close();
  const [bundle] = output;
  assert.doesNotMatch(bundle.code, /node:/, "nothing of Node may be in it");

  // Of a live network: a share, and the mark with its hash.
  const { lines } = JSON.parse(readFileSync(file("test/vectors/data/sharestore.json"), "utf8")) as { lines: string[] };
  const raw = lines[0]!.split(" ")[1]!;
  const hash = lines[1]!.split(" ")[1]!.padStart(64, "0");
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: bundle.code });
    assert.equal(await page.evaluate(`example.verifyShare("${raw}", "litecoin_regtest").id`), hash);
    const broken = await page.evaluate(
      `(() => { try { return example.verifyShare("${raw}00", "litecoin_regtest").id; } catch (error) { return error.code; } })()`,
    );
    assert.equal(broken, "SHARE_MALFORMED");
  } finally {
    await browser.close();
  }
});
