import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { browser } from "./browser.js";
import { choose } from "./choose-best.js";
import { counts } from "./counts.js";
import { firstSync } from "./first-sync.js";
import { generation } from "./generation.js";
import { idlePeers } from "./idle-peers.js";
import { manyMiners } from "./many-miners.js";
import { memory } from "./memory.js";
import { miners } from "./miners.js";
import { relay } from "./relay.js";
import { simulation } from "./simulate.js";
import { storeBench } from "./store.js";
import { type Bench, formatValue, type Row } from "./support/harness.js";
import { template } from "./template.js";
import { verifyChain } from "./verify-chain.js";
import { verifyV36 } from "./verify-v36.js";
import { web } from "./web.js";
import { workerProcesses } from "./worker-processes.js";

// `npm run bench [-- NAME…] [--json FILE] [--compare FILE]`: prints what things cost, side by side with a lower bound or a plain way
// of doing them. Figures of one run compare with each other; those of two machines do not. See bench/README.md.
const BENCHES: readonly Bench[] = [
  verifyChain,
  verifyV36,
  counts,
  generation,
  template,
  choose,
  firstSync,
  relay,
  idlePeers,
  miners,
  manyMiners,
  workerProcesses,
  memory,
  storeBench,
  web,
  simulation,
  browser,
];

/** What `--json` writes and `--compare` reads. */
interface BenchReport {
  readonly node: string;
  readonly machine: string;
  readonly results: Readonly<Record<string, readonly Row[]>>;
}

const args = process.argv.slice(2);
const jsonFile = takeOption("--json");
const compareFile = takeOption("--compare");
const unknown = args.find((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown !== undefined || jsonFile === undefined || compareFile === undefined) {
  console.error(`bench: known are ${BENCHES.map(({ name }) => name).join(", ")}; --json FILE, --compare FILE`);
  process.exit(2);
}
const before = compareFile === null ? null : (JSON.parse(readFileSync(compareFile, "utf8")) as BenchReport);

const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}`;
console.log(`node ${process.version}, ${machine}\n`);
const results: Record<string, readonly Row[]> = {};
for (const bench of BENCHES) {
  if (args.length > 0 && !args.includes(bench.name)) continue;
  const rows = await bench.run();
  results[bench.name] = rows;
  console.log(bench.name);
  for (const { what, value, unit, note } of rows) {
    const old = before?.results[bench.name]?.find((row) => row.what === what);
    const moved = old === undefined ? "" : `  ${changeInPercent(old.value, value)}`;
    console.log(
      `  ${what.padEnd(52)} ${formatValue(value).padStart(10)} ${unit}${note === undefined ? "" : `  (${note})`}${moved}`,
    );
  }
}
const report: BenchReport = { node: process.version, machine, results };
if (jsonFile !== null) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);

/** The file that an option names, taken out of the arguments; null without the option, undefined without a file. */
function takeOption(name: string): string | null | undefined {
  const at = args.indexOf(name);
  return at < 0 ? null : args.splice(at, 2)[1];
}

function changeInPercent(old: number, value: number): string {
  if (old === value) return "=";
  const percent = (100 * (value - old)) / Math.abs(old);
  return `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`;
}
