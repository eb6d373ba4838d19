import { encodeLegacyAddress } from "../src/bitcoin/address.js";
import { bigIntToBytesBE } from "../src/core/bytes.js";
import { hash160 } from "../src/core/hash/index.js";
import { type Bench, median, quantile, type Row } from "./support/harness.js";
import { type BenchMiner, fireInTurn, MinerServer } from "./support/miner-servers.js";

const ADDRESSES = 50;
/** Rounds that are not counted: code is compiled in them. */
const WARM_UP = 10;
/** Before each tip: they are seconds apart, and what one leaves to be cleaned up is no part of the next. */
const PAUSE_MS = 150;
const SUBMISSIONS = [
  { batch: 100, count: 40, what: "by the hundred" },
  { batch: 1, count: 400, what: "one by one" },
] as const;
const SUBMIT_MS = 5000;

/** One of a few addresses, and a difficulty of its own, as vardiff gives every miner one. */
export const username = (index: number): string => nameOf(index, 1000 + index, ADDRESSES);

/** The same where every hash is good enough. */
export const easyUsername = (index: number): string => nameOf(index, 0, ADDRESSES);

function nameOf(index: number, difficulty: number, addresses: number): string {
  const hash = hash160(bigIntToBytesBE(BigInt(index % addresses), 8));
  return `${encodeLegacyAddress({ version: 0, hash })}.w${index}+${difficulty}`;
}

/**
 * The miners' port against a server that only writes lines of the same length: how long a new tip takes to the last miner, what a
 * connection costs, and how many submissions are judged. Both servers are processes of their own and are measured in turn.
 */
export const miners: Bench = {
  name: "miners",
  async run() {
    return [
      ...(await fanOut({ count: 100, rounds: 300 })),
      ...(await fanOut({ count: 1000, rounds: 300, most: 1.5 })),
      ...(await fanOut({ count: 5000, rounds: 100, most: 1.3 })),
      ...(await fanOut({ count: 5000, rounds: 20, addresses: 5000 })),
      ...(await submissions()),
    ];
  },
};

/** `most`: that 99 of 100 may take over the null server's. With as many addresses as miners each has a job of its own. */
async function fanOut({
  count,
  rounds,
  addresses = ADDRESSES,
  most,
}: {
  count: number;
  rounds: number;
  addresses?: number;
  most?: number;
}): Promise<Row[]> {
  const pool = await MinerServer.start("./miner-server-child.js");
  const bare = await MinerServer.start("./null-server-child.js");
  try {
    // What a process keeps from the operating system in steps would be most of it where connections are few.
    const kind = count < 1000 ? "used" : "resident";
    const before = { pool: await pool.memory(kind), bare: await bare.memory(kind) };
    await pool.connect(count, (index) => nameOf(index, 1000 + index, addresses));
    await bare.connect(count, null);
    const after = { pool: await pool.memory(kind), bare: await bare.memory(kind) };
    const bytes = pool.miners[0]!.lineBytes;
    const timing = { rounds, warmUp: WARM_UP, pauseMs: PAUSE_MS };
    const [ofPool, ofBare] = await fireInTurn([pool, bare], bytes, timing);
    const times = { pool: ofPool!, bare: ofBare! };
    const delays = { pool: await delayOf(pool, bytes), bare: await delayOf(bare, bytes) };
    const lost = pool.miners.filter(({ isLost }) => isLost).length;
    const perConnection = (after.pool - before.pool) / count / 1000;
    const perBare = (after.bare - before.bare) / count / 1000;
    const ratio = quantile(times.pool, 0.99) / quantile(times.bare, 0.99);
    const who = `${count} miners, ${addresses} addresses`;
    return [
      { what: `${who}: bytes of a job`, value: bytes, unit: "bytes" },
      { what: `${who}: new tip → last job, median`, value: median(times.pool), unit: "ms" },
      { what: `${who}: new tip → last job, 99 of 100`, value: quantile(times.pool, 0.99), unit: "ms" },
      { what: `${who}: null server, median`, value: median(times.bare), unit: "ms" },
      { what: `${who}: null server, 99 of 100`, value: quantile(times.bare, 0.99), unit: "ms" },
      {
        what: `${who}: 99 of 100 over the null server's`,
        value: ratio,
        unit: "×",
        ...note(most === undefined ? most : `at most ${most}`),
      },
      { what: `${who}: median over the null server's`, value: median(times.pool) / median(times.bare), unit: "×" },
      { what: `${who}: event loop held up at most`, value: delays.pool, unit: "ms" },
      { what: `${who}: the null server's`, value: delays.bare, unit: "ms", note: "writes to all at once" },
      { what: `${who}: connections lost`, value: lost, unit: "", note: "none" },
      { what: `${who}: memory a connection`, value: perConnection, unit: "kB" },
      { what: `${who}: memory a connection of the null server`, value: perBare, unit: "kB", note: "lower bound" },
      { what: `${who}: memory a connection above it`, value: perConnection - perBare, unit: "kB", note: "at most 15" },
    ];
  } finally {
    await pool.stop();
    await bare.stop();
  }
}

/** Longest that new jobs hold up the event loop, milliseconds; in rounds of their own, since to look at it takes some time. */
export async function delayOf(server: MinerServer, bytes: number): Promise<number> {
  server.watch();
  for (let round = 0; round < WARM_UP; round++) {
    await server.fire(bytes);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return (await server.delay()).longestMs;
}

/**
 * How many are judged: by the hundred, which is what one core can do, and one at a time from each of many miners, which is how
 * they come and where most of the time goes into the sockets.
 */
async function submissions(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { batch, count, what } of SUBMISSIONS) {
    const pool = await MinerServer.start("./miner-server-child.js");
    const bare = await MinerServer.start("./null-server-child.js");
    try {
      await pool.connect(count, easyUsername);
      await bare.connect(count, null);
      // In turns, so that whatever else the machine does hits both alike.
      const rates = { pool: [] as number[], bare: [] as number[] };
      for (let turn = 0; turn < 4; turn++) {
        const { accepted } = await pool.counts();
        const seconds = await submitFor(pool.miners, SUBMIT_MS, batch, turn);
        rates.pool.push(((await pool.counts()).accepted - accepted) / seconds);
        const lines = bare.miners.reduce((sum, miner) => sum + miner.lines, 0);
        const bareSeconds = await submitFor(bare.miners, SUBMIT_MS, batch, turn);
        rates.bare.push((bare.miners.reduce((sum, miner) => sum + miner.lines, 0) - lines) / bareSeconds);
      }
      const [accepted, echoed] = [median(rates.pool), median(rates.bare)];
      const part = (100 * accepted) / echoed;
      const [needed, neededPart] = batch > 1 ? ["at least 10,000", undefined] : [undefined, "at least 30"];
      rows.push(
        { what: `accepted submissions, ${what}`, value: accepted, unit: "a second", ...note(needed) },
        { what: `echoed by the null server, ${what}`, value: echoed, unit: "a second" },
        { what: `part of that, ${what}`, value: part, unit: "%", ...note(neededPart) },
      );
    } finally {
      await pool.stop();
      await bare.stop();
    }
  }
  return rows;
}

function note(text: string | undefined): { note?: string } {
  return text === undefined ? {} : { note: text };
}

/** Every miner sends a batch, waits for its answers, and sends the next. Returns the seconds it took. */
export async function submitFor(
  miners: readonly BenchMiner[],
  milliseconds: number,
  size: number,
  turn: number,
): Promise<number> {
  const started = performance.now();
  const time = Math.floor(Date.now() / 1000).toString(16);
  await Promise.all(
    miners.map(async (miner, index) => {
      const head = `{"id":100,"method":"mining.submit","params":["${easyUsername(index)}","${miner.jobId ?? "1"}","`;
      const extranonce2 = turn.toString(16).padStart(8, "0");
      for (let batch = 0; performance.now() - started < milliseconds; batch++) {
        let text = "";
        for (let i = 0; i < size; i++) {
          const nonce = (batch * size + i).toString(16).padStart(8, "0");
          text += `${head}${extranonce2}","${time}","${nonce}"]}\n`;
        }
        const answered = miner.until(miner.lines + size);
        miner.socket.write(text);
        await answered;
      }
    }),
  );
  return (performance.now() - started) / 1000;
}
