import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { CHROMIUM } from "../support/chromium.js";
import { Program } from "../support/program.js";
import { skipBecause } from "../support/skip.js";

const skip = skipBecause(existsSync(CHROMIUM) ? false : `Chromium is not installed (${CHROMIUM})`);

test("status page in a browser, wide and narrow, light and dark", { skip, timeout: 120_000 }, async () => {
  const program = new Program(["demo", "--json", "--miners", "2"]);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const { statusPage } = await program.until((line) => {
      const event = JSON.parse(line) as { type: string; statusPage: string };
      return event.type === "started" ? event : undefined;
    });
    await program.until((line) => (line.includes('"block-judged"') ? true : undefined));
    for (const [width, colorScheme] of [
      [1280, "light"],
      [360, "dark"],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      const problems: string[] = [];
      page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
      page.on("request", (request) => {
        if (!request.url().startsWith(statusPage)) problems.push(`asked another host: ${request.url()}`);
      });
      // The page refreshes itself, and the cached figures may be a second old.
      await page.goto(statusPage);
      await page.getByText("miner1").first().waitFor();
      const text = await page.locator("body").textContent();
      assert.match(text ?? "", /stratum\+tcp:\/\//);
      assert.match(text ?? "", /demo/);
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      assert.ok((overflow as number) <= 0, `the page is ${overflow} px too wide at ${width}`);
      assert.deepEqual(problems, []);
      if (process.env.P2POOL_ARTIFACTS !== undefined) {
        await page.screenshot({
          path: `${process.env.P2POOL_ARTIFACTS}/status-${width}-${colorScheme}.png`,
          fullPage: true,
        });
      }
      await page.close();
    }
  } finally {
    await browser.close();
    await program.kill();
  }
});
