import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { browser } from "./browser.js";
import { choose } from "./choose-best.js";
import { firstSync } from "./first-sync.js";
import { generation } from "./generation.js";
import { idlePeers } from "./idle-peers.js";
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

// `npm run bench [-- NAME…] [--json FILE]`: prints what things cost, side by side with a lower bound or a plain way of doing
// them. Figures of one run compare with each other; those of two machines do not.
const BENCHES: readonly Bench[] = [
  verifyChain,
  verifyV36,
  generation,
  template,
  choose,
  firstSync,
  relay,
  idlePeers,
  miners,
  workerProcesses,
  memory,
  storeBench,
  web,
  simulation,
  browser,
];

const args = process.argv.slice(2);
const jsonAt = args.indexOf("--json");
const jsonFile = jsonAt < 0 ? null : args.splice(jsonAt, 2)[1];
const unknown = args.find((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown !== undefined || jsonFile === undefined) {
  console.error(`bench: known are ${BENCHES.map(({ name }) => name).join(", ")}; --json FILE`);
  process.exit(2);
}

console.log(`node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}\n`);
const results: Record<string, readonly Row[]> = {};
for (const bench of BENCHES) {
  if (args.length > 0 && !args.includes(bench.name)) continue;
  const rows = await bench.run();
  results[bench.name] = rows;
  console.log(bench.name);
  for (const { what, value, unit, note } of rows) {
    console.log(
      `  ${what.padEnd(52)} ${formatValue(value).padStart(10)} ${unit}${note === undefined ? "" : `  (${note})`}`,
    );
  }
}
if (jsonFile !== null) writeFileSync(jsonFile, `${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
