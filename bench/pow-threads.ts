import { availableParallelism } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { powHash } from "../src/core/hash/index.js";
import { seededRandom } from "../src/core/random.js";
import { createLogger } from "../src/platform/log.js";
import { HEADER_BYTES, PowPool } from "../src/platform/pow-pool.js";
import { type Bench, median, type Row } from "./support/harness.js";

/** As many shares as a node asks a peer for come at a time, some thousands in a first sync. */
const HEADERS = 3000;
const TURNS = 3;
const POW = "scrypt";

/** Proof of work of many scrypt shares by the node's threads (`--threads`), beside hashing alone: what more processors give. */
export const powThreads: Bench = {
  name: "pow-threads",
  async run() {
    const random = seededRandom(3);
    const headers = Array.from({ length: HEADERS }, () =>
      Uint8Array.from({ length: HEADER_BYTES }, () => random.uint32() & 0xff),
    );
    const counts = [1, availableParallelism()];
    const pools = counts.map((threads) => new PowPool({ pow: POW, log: createLogger("error"), threads }));
    const bare: number[] = [];
    const rates = counts.map((): number[] => []);
    const delays: number[] = [];
    try {
      // Threads begin with the first call.
      for (const pool of pools) await pool.hash(headers.slice(0, 200));
      for (let turn = 0; turn < TURNS; turn++) {
        bare.push(
          await rateOf(() => {
            for (const header of headers) powHash(POW, header);
          }),
        );
        for (const [i, pool] of pools.entries()) {
          const delay = monitorEventLoopDelay({ resolution: 1 });
          delay.enable();
          rates[i]!.push(await rateOf(() => pool.hash(headers)));
          delays.push(delay.max / 1e6);
        }
      }
    } finally {
      for (const pool of pools) await pool.stop();
    }
    const alone = median(bare);
    return [
      { what: `${POW} of a header, hashing alone`, value: alone, unit: "a second", note: "of one processor" },
      ...counts.flatMap((threads, i): Row[] => {
        const rate = median(rates[i]!);
        const who = threads === 1 ? "one thread" : `${threads} threads`;
        return [
          { what: `${POW} of a header, ${who}`, value: rate, unit: "a second" },
          { what: `${who} over hashing alone`, value: rate / alone, unit: "×", note: `at most ${threads}` },
        ];
      }),
      { what: "event loop held up at most meanwhile", value: Math.max(...delays), unit: "ms" },
    ];
  },
};

/** Headers a second. */
async function rateOf(action: () => unknown): Promise<number> {
  const started = performance.now();
  await action();
  return (HEADERS * 1000) / (performance.now() - started);
}
