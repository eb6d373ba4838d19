import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { errorMessage } from "../../src/core/errors.js";
import { seededRandom } from "../../src/core/random.js";
import { fuzz } from "./support/fuzzer.js";
import { CONNECTIONS, fuzzRound, SOCKET_TARGETS, SocketFuzzer, type SocketTarget } from "./support/sockets.js";
import type { FuzzCase, FuzzTarget } from "./support/target.js";
import { TARGETS } from "./support/targets.js";

// `npm run fuzz -- --minutes N [--seed S] [--target NAME]`: more inputs than the suite has time for. What is found becomes a
// file in test/fuzz/cases, which the suite replays from then on.

const CASES = fileURLToPath(new URL("../../../test/fuzz/cases/", import.meta.url));
/** How long one target is at it before the next has its turn, seconds. */
const TURN_S = 5;
const SOCKET_TURN_S = 30;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    target: { type: "string" },
  },
});
const minutes = Number(values.minutes);
let seed = Number(values.seed);
const isWanted = (name: string): boolean => values.target === undefined || name.includes(values.target);
const targets = TARGETS.filter(({ name }) => isWanted(name));
const socketTargets = SOCKET_TARGETS.filter(isWanted);
if (!(minutes > 0) || !Number.isSafeInteger(seed) || targets.length + socketTargets.length === 0) {
  console.error("usage: npm run fuzz -- --minutes N [--seed S] [--target NAME]\ntargets:");
  for (const name of [...TARGETS.map((target) => target.name), ...SOCKET_TARGETS]) console.error(`  ${name}`);
  process.exit(2);
}

function keep(found: FuzzCase): void {
  const digest = createHash("sha256").update(found.target).update(found.input).digest("hex");
  const file = `${found.target.replaceAll(" ", "-").toLowerCase()}-${digest.slice(0, 8)}.json`;
  writeFileSync(`${CASES}${file}`, `${JSON.stringify(found, null, 2)}\n`);
  console.log(`FOUND in ${found.target}: ${found.found}\n  kept as test/fuzz/cases/${file}`);
}

const endMs = performance.now() + minutes * 60_000;
const totals = new Map<string, { inputs: number; refused: number; longestMs: number }>();
let finds = 0;

function decodeInTurn(target: FuzzTarget): void {
  const turnEndMs = Math.min(endMs, performance.now() + TURN_S * 1_000);
  const result = fuzz(target, seed, () => performance.now() < turnEndMs);
  const total = totals.get(target.name) ?? { inputs: 0, refused: 0, longestMs: 0 };
  total.inputs += result.inputs;
  total.refused += result.refused;
  total.longestMs = Math.max(total.longestMs, result.longestMs);
  totals.set(target.name, total);
  for (const found of result.finds) keep(found);
  finds += result.finds.length;
}

/** A node of its own for each turn, which must be as it was at the end of it. */
async function connectInTurn(target: SocketTarget): Promise<void> {
  const turnEndMs = Math.min(endMs, performance.now() + SOCKET_TURN_S * 1_000);
  const random = seededRandom(seed);
  let fuzzer: SocketFuzzer | null = null;
  const total = totals.get(target) ?? { inputs: 0, refused: 0, longestMs: 0 };
  totals.set(target, total);
  let rounds = 0;
  try {
    fuzzer = await SocketFuzzer.start();
    let found: FuzzCase | null = null;
    while (found === null && performance.now() < turnEndMs) {
      found = await fuzzRound(fuzzer, target, random);
      rounds++;
      total.inputs += CONNECTIONS;
    }
    total.longestMs = Math.max(total.longestMs, fuzzer.longestTurnMs);
    if (found !== null) {
      keep(found);
      finds++;
    } else await fuzzer.finish();
  } catch (error) {
    console.log(`FOUND in ${target} after ${rounds} rounds of seed ${seed}: ${errorMessage(error)}`);
    finds++;
  } finally {
    await fuzzer?.end();
  }
}

for (; performance.now() < endMs; seed++) {
  for (const target of targets) if (performance.now() < endMs) decodeInTurn(target);
  for (const target of socketTargets) if (performance.now() < endMs) await connectInTurn(target);
}
for (const [name, { inputs, refused, longestMs }] of totals) {
  console.log(`${name}: ${inputs} inputs, ${refused} refused, longest ${longestMs.toFixed(1)} ms of processor time`);
}
console.log(finds === 0 ? "nothing found" : `${finds} found`);
process.exit(finds === 0 ? 0 : 1);
