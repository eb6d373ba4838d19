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
import { powThreads } from "./pow-threads.js";
import { relay } from "./relay.js";
import { simulation } from "./simulate.js";
import { storeBench } from "./store.js";
import { describeMovement, type KeptRow, movement, spread, together } from "./support/compare.js";
import { type Bench, formatValue, type Row } from "./support/harness.js";
import { template } from "./template.js";
import { verifyChain } from "./verify-chain.js";
import { verifyV36 } from "./verify-v36.js";
import { web } from "./web.js";
import { workerProcesses } from "./worker-processes.js";

// `npm run bench [-- NAME…] [--runs N] [--json FILE] [--compare FILE]`: prints what things cost, side by side with a lower bound or a
// plain way of doing them. Figures of one run compare with each other; those of two machines do not. See bench/README.md.
const BENCHES: readonly Bench[] = [
  verifyChain,
  verifyV36,
  powThreads,
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
  readonly results: Readonly<Record<string, readonly KeptRow[]>>;
}

const args = process.argv.slice(2);
const jsonFile = takeOption("--json");
const compareFile = takeOption("--compare");
const runsText = takeOption("--runs");
const runs = Number(runsText ?? 1);
const unknown = args.find((name) => !BENCHES.some((bench) => bench.name === name));
const isComplete = jsonFile !== undefined && compareFile !== undefined && runsText !== undefined;
if (unknown !== undefined || !isComplete || !Number.isInteger(runs) || runs < 1) {
  console.error(
    `bench: known are ${BENCHES.map(({ name }) => name).join(", ")}; --runs N, --json FILE, --compare FILE`,
  );
  process.exit(2);
}
const before = compareFile === null ? null : (JSON.parse(readFileSync(compareFile, "utf8")) as BenchReport);

const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}`;
console.log(`node ${process.version}, ${machine}\n`);
const results: Record<string, readonly KeptRow[]> = {};
const moved: string[] = [];
for (const { name, isExact = false, run } of BENCHES) {
  if (args.length > 0 && !args.includes(name)) continue;
  const all: (readonly Row[])[] = [];
  for (let i = 0; i < (isExact ? 1 : runs); i++) all.push(await run());
  const rows = together(all);
  results[name] = rows;
  console.log(name);
  for (const row of rows) {
    const old = before?.results[name]?.find(({ what }) => what === row.what);
    console.log(`  ${lineOf(row)}${old === undefined ? "" : `  ${compared(name, old, row, isExact)}`}`);
  }
}
const report: BenchReport = { node: process.version, machine, results };
if (jsonFile !== null) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
if (before !== null) console.log(`\nmoved by more than their runs differ: ${moved.length}`);
for (const line of moved) console.log(`  ${line}`);

/** The file or number that an option names, taken out of the arguments; null without the option, undefined without a value. */
function takeOption(name: string): string | null | undefined {
  const at = args.indexOf(name);
  return at < 0 ? null : args.splice(at, 2)[1];
}

function lineOf(row: KeptRow): string {
  const { what, value, unit, note } = row;
  const range = row.runs.length > 1 ? `  [${formatValue(spread(row))}]` : "";
  const hint = note === undefined ? "" : `  (${note})`;
  return `${what.padEnd(52)} ${formatValue(value).padStart(10)} ${unit}${range}${hint}`;
}

function compared(bench: string, old: KeptRow, row: KeptRow, isExact: boolean): string {
  // Files of before there were several runs have none.
  const found = movement({ ...old, runs: old.runs ?? [old.value] }, row, isExact);
  const text = describeMovement(found);
  if (found.moved) moved.push(`${bench}: ${row.what}: ${text}`);
  return text;
}
