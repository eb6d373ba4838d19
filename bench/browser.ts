import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { bytesToHex } from "../src/core/bytes.js";
import { CHROMIUM } from "../test/support/chromium.js";
import { recordedShares } from "./support/chains.js";
import { type Bench, median } from "./support/harness.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** As many as a page of the Bitcoin network verifies: a whole window. */
const SHARES = 8640;
/** What the page says: shares, and seconds; of the hashing alone, three times. */
interface Verified {
  readonly verified: number;
  readonly seconds: number;
  readonly hashing: readonly number[];
}

/** The same as `ui/src/chain-worker.ts`, for a network that has no name. */
const ENTRY = `
import { hashingOf } from "${ROOT}bench/support/hashing.ts";
import { parseNetworkJson } from "${ROOT}src/networks/load-network.ts";
import { ShareRules } from "${ROOT}src/sharechain/rules.ts";
import { loadShare } from "${ROOT}src/sharechain/share.ts";
import { Tracker } from "${ROOT}src/sharechain/tracker.ts";
export function verify(networkJson, hexes, now) {
  const rules = new ShareRules(parseNetworkJson(networkJson));
  const raws = hexes.map((hex) => Uint8Array.from(hex.match(/../g), (byte) => Number.parseInt(byte, 16)));
  const view = { blockHeight: () => 0, relativeHeight: () => 0, fee: () => undefined, transactionSize: () => undefined };
  const started = performance.now();
  const tracker = new Tracker(rules);
  const nodes = [];
  for (const raw of raws) {
    const node = tracker.add(loadShare(raw, rules), 0);
    nodes.push(node);
    tracker.verify(node, now, view);
  }
  const seconds = (performance.now() - started) / 1000;
  const hashes = hashingOf(nodes, tracker);
  const hashing = [0, 1, 2].map(() => {
    const begun = performance.now();
    hashes();
    return (performance.now() - begun) / 1000;
  });
  return { verified: tracker.verified.size, seconds, hashing };
}
`;

/** The whole chain verified in a browser, by the code that its pages verify with. */
export const browser: Bench = {
  name: "browser",
  async run() {
    if (!existsSync(CHROMIUM)) throw new Error(`Chromium is not installed (${CHROMIUM})`);
    const folder = mkdtempSync(join(tmpdir(), "p2pool-bench-"));
    const page = await (await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })).newPage();
    try {
      writeFileSync(join(folder, "entry.js"), ENTRY);
      const bundle = await rolldown({
        input: join(folder, "entry.js"),
        platform: "browser",
        cwd: ROOT,
        resolve: {
          extensionAlias: { ".js": [".ts", ".js"] },
          alias: { "#hash": join(ROOT, "src/core/hash/portable.ts") },
        },
      });
      const { output } = await bundle.generate({ format: "iife", name: "chain", minify: true });
      await page.addScriptTag({ content: output[0].code });
      const network = readFileSync(join(ROOT, "bench/data/chain9000/network.json"), "utf8");
      const hexes = recordedShares().slice(0, SHARES).map(bytesToHex);
      const { verified, seconds, hashing } = await page.evaluate(
        ([json, list, now]) =>
          (globalThis as unknown as { chain: { verify: (...args: unknown[]) => Verified } }).chain.verify(
            json,
            list,
            now,
          ),
        [network, hexes, 1_800_000_000] as const,
      );
      return [
        { what: "shares verified in Chromium, 200 payees", value: verified, unit: "shares" },
        { what: "all of it, loading included", value: seconds, unit: "s", note: "at most 20" },
        { what: "hashing of these shares alone, in Chromium", value: median(hashing), unit: "s", note: "lower bound" },
        { what: "all of it against that", value: seconds / median(hashing), unit: "×" },
      ];
    } finally {
      await page.context().browser()?.close();
      rmSync(folder, { recursive: true });
    }
  },
};
