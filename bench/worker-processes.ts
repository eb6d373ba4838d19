import { sleep, systemClock } from "../src/platform/clock.js";
import { easyUsername, submitFor, username } from "./miners.js";
import { Crowd } from "./support/crowd.js";
import { type Bench, median, quantile, type Row } from "./support/harness.js";
import { fireInTurn, MinerServer } from "./support/miner-servers.js";

const POOL = "./miner-server-child.js";
const NULL = "./null-server-child.js";
const PROCESSES = 2;
const WARM_UP = 5;
const PAUSE_MS = 150;
/** Miners that come after all others; both processes have some of them. */
const LAST = 16;
const SUBMIT_MS = 3000;
const SUBMIT_TURNS = 3;

/**
 * Miners served by the node's process, and by two processes of their own (`--worker-processes 2`), beside a server that only writes
 * the same bytes with one and with two processes, which tells what two can gain on the machine at hand. All in turns. Where miners
 * read at once, four programs share two processors; where they are held meanwhile, the server has both, as with miners elsewhere.
 */
export const workerProcesses: Bench = {
  name: "worker-processes",
  async run() {
    return [
      ...(await compareFanOut({ count: 5000, turns: 2, rounds: 20 })),
      ...(await compareElsewhere({ count: 5000, turns: 2, rounds: 20 })),
      ...(await compareSubmissions()),
      ...(await many({ count: 20_000, rounds: 10 })),
    ];
  },
};

/** Of servers that take turns: each has so many miners, and so many tips a turn. */
interface Comparison {
  readonly count: number;
  readonly turns: number;
  readonly rounds: number;
}

/** Served by one process, and by two. */
type Pair<T> = readonly [one: T, two: T];

async function startPair(program: string): Promise<Pair<MinerServer>> {
  return [await MinerServer.start(program), await MinerServer.start(program, PROCESSES)];
}

/**
 * Two servers at a time have their miners: a process may not have as many sockets as all four would need here. Elapsed times are
 * those of a machine on which the miners need a processor as well; processor time tells what is left of it where there are more:
 * a tip cannot be out before the busiest process has done its part.
 */
async function compareFanOut({ count, turns, rounds }: Comparison): Promise<Row[]> {
  const pool = await startPair(POOL);
  const bare = await startPair(NULL);
  try {
    const results = {
      pool: [new FanOutTimes(), new FanOutTimes()],
      bare: [new FanOutTimes(), new FanOutTimes()],
    } as const;
    let bytes = 0;
    for (let turn = 0; turn < turns; turn++) {
      for (const [servers, into, logIn] of [
        [pool, results.pool, username],
        [bare, results.bare, null],
      ] as const) {
        for (const server of servers) await server.connect(count, logIn);
        bytes ||= servers[0].miners[0]!.lineBytes;
        await fireInTurn(servers, bytes, { rounds: 0, warmUp: WARM_UP, pauseMs: PAUSE_MS });
        const before = servers.map((server) => server.processorSeconds());
        const times = await fireInTurn(servers, bytes, { rounds, warmUp: 0, pauseMs: PAUSE_MS });
        for (const [i, server] of servers.entries()) into[i]!.add(times[i]!, before[i]!, server.processorSeconds());
        for (const server of servers) await server.disconnect();
      }
    }
    const who = `${count} miners, new tip → last job`;
    const [pool1, pool2] = results.pool;
    const [bare1, bare2] = results.bare;
    const busiest = `${who}, processor time of the busiest process`;
    return [
      ...elapsed(`${who}, pool`, results.pool),
      ...elapsed(`${who}, null server`, results.bare),
      { what: `${who}, pool, two over one`, value: pool2.median / pool1.median, unit: "×", note: "below 1" },
      { what: `${who}, null server, two over one`, value: bare2.median / bare1.median, unit: "×", note: "lower bound" },
      { what: `${who}, two, pool over null server`, value: pool2.median / bare2.median, unit: "×" },
      { what: `${busiest}, pool, one`, value: pool1.busiest, unit: "ms" },
      { what: `${busiest}, pool, two`, value: pool2.busiest, unit: "ms" },
      { what: `${busiest}, null server, one`, value: bare1.busiest, unit: "ms" },
      { what: `${busiest}, null server, two`, value: bare2.busiest, unit: "ms" },
      { what: `${busiest}, pool, two over one`, value: pool2.busiest / pool1.busiest, unit: "×", note: "below 1" },
      {
        what: `${busiest}, null server, two over one`,
        value: bare2.busiest / bare1.busiest,
        unit: "×",
        note: "lower bound",
      },
      { what: `${who}, two, processor time of the node's process`, value: pool2.first, unit: "ms" },
    ];
  } finally {
    for (const server of [...pool, ...bare]) await server.stop();
  }
}

/**
 * The same for miners that cost this machine nothing while they are served, as if they were elsewhere: their process is stopped
 * meanwhile. When the last job is out is told by a few that came after all others, and are served after them.
 */
async function compareElsewhere({ count, turns, rounds }: Comparison): Promise<Row[]> {
  const pool = await startPair(POOL);
  const bare = await startPair(NULL);
  const times: Record<"pool" | "bare", [number[], number[]]> = { pool: [[], []], bare: [[], []] };
  let lost = 0;
  let bytes = 0;
  try {
    for (let turn = 0; turn < turns; turn++) {
      for (const [who, servers, logIn] of [
        ["pool", pool, username],
        ["bare", bare, null],
      ] as const) {
        const crowds: Crowd[] = [];
        for (const server of servers) {
          crowds.push(await Crowd.of(server, 0, count - LAST, logIn !== null));
          await server.connect(LAST, logIn, count - LAST);
        }
        bytes ||= servers[0].miners[0]!.lineBytes;
        for (let round = -WARM_UP; round < rounds; round++) {
          for (const [i, crowd] of crowds.entries()) {
            const milliseconds = await fireHeld(servers[i]!, crowd, bytes);
            if (round >= 0) times[who][i]!.push(milliseconds);
          }
        }
        for (const crowd of crowds) {
          lost += crowd.lost;
          await crowd.stop();
        }
        for (const server of servers) await server.disconnect();
      }
    }
  } finally {
    for (const server of [...pool, ...bare]) await server.stop();
  }
  const who = `${count} miners elsewhere, new tip → last job`;
  const [pool1, pool2] = times.pool.map(median) as [number, number];
  const [bare1, bare2] = times.bare.map(median) as [number, number];
  return [
    { what: `${who}, pool, one process, median`, value: pool1, unit: "ms" },
    { what: `${who}, pool, two, median`, value: pool2, unit: "ms" },
    { what: `${who}, null server, one process, median`, value: bare1, unit: "ms" },
    { what: `${who}, null server, two, median`, value: bare2, unit: "ms" },
    { what: `${who}, pool, two over one`, value: pool2 / pool1, unit: "×", note: "below 1" },
    { what: `${who}, null server, two over one`, value: bare2 / bare1, unit: "×", note: "lower bound" },
    { what: `${who}, one, pool over null server`, value: pool1 / bare1, unit: "×" },
    { what: `${who}, two, pool over null server`, value: pool2 / bare2, unit: "×" },
    { what: `${who}, connections lost`, value: lost, unit: "", note: "none" },
  ];
}

/** Milliseconds until the last are served, while the crowd is held; afterwards it has to have got its job, too. */
async function fireHeld(server: MinerServer, crowd: Crowd, bytes: number): Promise<number> {
  await sleep(systemClock, PAUSE_MS);
  await crowd.listen();
  await crowd.hold();
  const served = crowd.served();
  let milliseconds: number;
  try {
    milliseconds = await server.fire(bytes);
  } finally {
    crowd.goOn();
  }
  await served;
  return milliseconds;
}

/** What new tips took of one server. */
class FanOutTimes {
  private readonly times: number[] = [];
  /** Processor time of each of its processes, seconds. */
  private seconds: readonly number[] = [];

  add(times: readonly number[], before: readonly number[], after: readonly number[]): void {
    this.times.push(...times);
    this.seconds = after.map((seconds, i) => (this.seconds[i] ?? 0) + seconds - before[i]!);
  }

  get median(): number {
    return median(this.times);
  }

  get p99(): number {
    return quantile(this.times, 0.99);
  }

  /** Of a tip, milliseconds, like `first`. */
  get busiest(): number {
    return (Math.max(...this.seconds) * 1000) / this.times.length;
  }

  /** Of the process that has started the others. */
  get first(): number {
    return (this.seconds[0]! * 1000) / this.times.length;
  }
}

function elapsed(who: string, [one, two]: Pair<FanOutTimes>): Row[] {
  return [
    { what: `${who}, one process, median`, value: one.median, unit: "ms" },
    { what: `${who}, one process, 99 of 100`, value: one.p99, unit: "ms" },
    { what: `${who}, two, median`, value: two.median, unit: "ms" },
    { what: `${who}, two, 99 of 100`, value: two.p99, unit: "ms" },
  ];
}

/** One submission at a time from each of many miners. */
async function compareSubmissions(): Promise<Row[]> {
  const pool = await startPair(POOL);
  const bare = await startPair(NULL);
  try {
    for (const server of pool) await server.connect(400, easyUsername);
    for (const server of bare) await server.connect(400, null);
    const results = [...pool, ...bare].map(() => new SubmissionRates());
    for (let turn = 0; turn < SUBMIT_TURNS; turn++) {
      for (const [i, server] of [...pool, ...bare].entries()) {
        const answers = async (): Promise<number> =>
          i < pool.length ? (await server.counts()).accepted : linesOf(server);
        const before = { answers: await answers(), processor: server.processorSeconds() };
        const seconds = await submitFor(server.miners, SUBMIT_MS, 1, turn);
        results[i]!.add((await answers()) - before.answers, seconds, before.processor, server.processorSeconds());
      }
    }
    const [pool1, pool2, bare1, bare2] = results as [
      SubmissionRates,
      SubmissionRates,
      SubmissionRates,
      SubmissionRates,
    ];
    const processor = "processor time of a submission";
    return [
      { what: "accepted submissions, one process", value: pool1.rate, unit: "a second" },
      { what: "accepted submissions, two", value: pool2.rate, unit: "a second" },
      { what: "echoed by the null server, one process", value: bare1.rate, unit: "a second" },
      { what: "echoed by the null server, two", value: bare2.rate, unit: "a second" },
      { what: "accepted submissions, two over one", value: pool2.rate / pool1.rate, unit: "×", note: "above 1" },
      {
        what: "echoed by the null server, two over one",
        value: bare2.rate / bare1.rate,
        unit: "×",
        note: "upper bound",
      },
      { what: `${processor}, one process`, value: pool1.first, unit: "µs" },
      { what: `${processor}, two: the node's process`, value: pool2.first, unit: "µs" },
      { what: `${processor}, two: both others together`, value: pool2.others, unit: "µs" },
      { what: `${processor}, null server, one process`, value: bare1.first, unit: "µs" },
      { what: `${processor}, null server, two`, value: bare2.others, unit: "µs", note: "lower bound" },
    ];
  } finally {
    for (const server of [...pool, ...bare]) await server.stop();
  }
}

function linesOf(server: MinerServer): number {
  return server.miners.reduce((sum, miner) => sum + miner.lines, 0);
}

/** What submissions took of one server. */
class SubmissionRates {
  private readonly rates: number[] = [];
  private answers = 0;
  /** Processor time, seconds. */
  private firstSeconds = 0;
  private otherSeconds = 0;

  add(answers: number, seconds: number, before: readonly number[], after: readonly number[]): void {
    this.rates.push(answers / seconds);
    this.answers += answers;
    for (const [i, end] of after.entries()) {
      if (i === 0) this.firstSeconds += end - before[i]!;
      else this.otherSeconds += end - before[i]!;
    }
  }

  /** A second. */
  get rate(): number {
    return median(this.rates);
  }

  /** Processor time of one, in the process that has started the others; microseconds, like `others`. */
  get first(): number {
    return (this.firstSeconds * 1e6) / this.answers;
  }

  get others(): number {
    return (this.otherSeconds * 1e6) / this.answers;
  }
}

async function many({ count, rounds }: { count: number; rounds: number }): Promise<Row[]> {
  const server = await MinerServer.start(POOL, PROCESSES);
  const started = performance.now();
  const half = count / 2;
  const crowds = await Promise.all([0, half].map((first) => Crowd.of(server, first, half, true)));
  try {
    const seconds = (performance.now() - started) / 1000;
    const times: number[] = [];
    for (let round = -WARM_UP; round < rounds; round++) {
      await Promise.all(crowds.map((crowd) => crowd.listen()));
      const fired = performance.now();
      const served = crowds.map((crowd) => crowd.served());
      await server.fire(0);
      await Promise.all(served);
      if (round >= 0) times.push(performance.now() - fired);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    const { connections } = await server.counts();
    const lost = crowds.reduce((sum, crowd) => sum + crowd.lost, 0);
    const who = `${count} miners, two processes`;
    return [
      { what: `${who}: all connected and at work after`, value: seconds, unit: "s" },
      { what: `${who}: new tip → last job, median`, value: median(times), unit: "ms" },
      { what: `${who}: new tip → last job, longest`, value: Math.max(...times), unit: "ms" },
      { what: `${who}: connections`, value: connections, unit: "" },
      { what: `${who}: connections lost`, value: lost, unit: "", note: "none" },
    ];
  } finally {
    for (const crowd of crowds) await crowd.stop();
    await server.stop();
  }
}
