import { delayOf, username } from "./miners.js";
import { type Bench, median, quantile } from "./support/harness.js";
import { MinerServer } from "./support/miner-servers.js";

const MINERS = 10_000;
/** Each server has its miners so often: a process may seldom have as many sockets as both would need. */
const TURNS = 2;
const ROUNDS = 15;
const WARM_UP = 5;
const PAUSE_MS = 100;

interface Measured {
  readonly times: number[];
  readonly delays: number[];
  readonly memory: number[];
  lost: number;
}

/** The same as `miners` with as many as one process takes by default, one server after the other. */
export const manyMiners: Bench = {
  name: "many-miners",
  async run() {
    const pool = await MinerServer.start("./miner-server-child.js");
    const bare = await MinerServer.start("./null-server-child.js");
    const [of, least]: Measured[] = [measured(), measured()];
    try {
      let bytes = 0;
      for (let turn = 0; turn < TURNS; turn++) {
        bytes = await measure(pool, username, bytes, of!);
        await measure(bare, null, bytes, least!);
      }
      const ratio = (part: number): number => quantile(of!.times, part) / quantile(least!.times, part);
      const who = `${MINERS.toLocaleString("en-US")} miners`;
      return [
        { what: `${who}: bytes of a job`, value: bytes, unit: "bytes" },
        { what: `${who}: new tip → last job, median`, value: median(of!.times), unit: "ms" },
        { what: `${who}: null server, median`, value: median(least!.times), unit: "ms", note: "lower bound" },
        { what: `${who}: median over the null server's`, value: ratio(0.5), unit: "×" },
        { what: `${who}: longest over the null server's`, value: ratio(1), unit: "×" },
        { what: `${who}: event loop held up at most`, value: Math.max(...of!.delays), unit: "ms" },
        { what: `${who}: the null server's`, value: Math.max(...least!.delays), unit: "ms", note: "to all at once" },
        { what: `${who}: connections lost`, value: of!.lost, unit: "", note: "none" },
        { what: `${who}: memory a connection`, value: of!.memory[0]!, unit: "kB" },
        { what: `${who}: memory a connection of the null server`, value: least!.memory[0]!, unit: "kB" },
      ];
    } finally {
      await pool.stop();
      await bare.stop();
    }
  },
};

function measured(): Measured {
  return { times: [], delays: [], memory: [], lost: 0 };
}

/** Returns the bytes of a job. */
async function measure(
  server: MinerServer,
  logIn: ((index: number) => string) | null,
  jobBytes: number,
  into: Measured,
): Promise<number> {
  const before = await server.memory();
  await server.connect(MINERS, logIn);
  into.memory.push(((await server.memory()) - before) / MINERS / 1000);
  const bytes = logIn === null ? jobBytes : server.miners[0]!.lineBytes;
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const time = await server.fire(bytes);
    if (round >= 0) into.times.push(time);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  into.delays.push(await delayOf(server, bytes));
  into.lost += server.miners.filter(({ isLost }) => isLost).length;
  await server.disconnect();
  return bytes;
}
