import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { submitFor, username } from "./miners.js";
import type { FromCrowd } from "./support/crowd-child.js";
import { type Bench, median, quantile, type Row } from "./support/harness.js";
import { fireInTurn, MinerServer } from "./support/miner-servers.js";

const SERVER = "./miner-server-child.js";
const PROCESSES = 2;
const WARM_UP = 5;
const PAUSE_MS = 150;
const SUBMIT_MS = 5000;

/**
 * Miners served by the node's process, and by two processes of their own (`--worker-processes 2`). All in turns and with the
 * miners in this process, so that on two processors four programs share them.
 */
export const workerProcesses: Bench = {
  name: "worker-processes",
  async run() {
    return [
      ...(await compareFanOut({ count: 5000, rounds: 60 })),
      ...(await compareSubmissions()),
      ...(await many({ count: 20_000, rounds: 10 })),
    ];
  },
};

async function compareFanOut({ count, rounds }: { count: number; rounds: number }): Promise<Row[]> {
  const [one, two] = [await MinerServer.start(SERVER), await MinerServer.start(SERVER, PROCESSES)];
  try {
    await one.connect(count, username);
    await two.connect(count, username);
    const timing = { rounds, warmUp: WARM_UP, pauseMs: PAUSE_MS };
    const [ofOne, ofTwo] = await fireInTurn([one, two], 0, timing);
    const times = { one: ofOne!, two: ofTwo! };
    const ratio = median(times.two) / median(times.one);
    const who = `${count} miners, new tip → last job`;
    return [
      { what: `${who}, one process, median`, value: median(times.one), unit: "ms" },
      { what: `${who}, one process, 99 of 100`, value: quantile(times.one, 0.99), unit: "ms" },
      { what: `${who}, two, median`, value: median(times.two), unit: "ms" },
      { what: `${who}, two, 99 of 100`, value: quantile(times.two, 0.99), unit: "ms" },
      { what: `${who}, two over one`, value: ratio, unit: "×", note: "below 1" },
    ];
  } finally {
    await one.stop();
    await two.stop();
  }
}

/** One submission at a time from each of many miners. */
async function compareSubmissions(): Promise<Row[]> {
  const [one, two] = [await MinerServer.start(SERVER), await MinerServer.start(SERVER, PROCESSES)];
  try {
    const rates = { one: [] as number[], two: [] as number[] };
    for (const server of [one, two]) await server.connect(400, username);
    for (let turn = 0; turn < 4; turn++) {
      for (const [server, into] of [
        [one, rates.one],
        [two, rates.two],
      ] as const) {
        const { accepted } = await server.counts();
        const seconds = await submitFor(server.miners, SUBMIT_MS, 1, turn);
        into.push(((await server.counts()).accepted - accepted) / seconds);
      }
    }
    return [
      { what: "accepted submissions, one process", value: median(rates.one), unit: "a second" },
      { what: "accepted submissions, two", value: median(rates.two), unit: "a second" },
    ];
  } finally {
    await one.stop();
    await two.stop();
  }
}

/** The miners of one process, of which there have to be several for so many sockets. */
class Crowd {
  private readonly child: ChildProcess;

  constructor(port: number, first: number, count: number) {
    const program = fileURLToPath(new URL("./support/crowd-child.js", import.meta.url));
    this.child = fork(program, [port, first, count].map(String));
  }

  async next(kind: FromCrowd["kind"]): Promise<FromCrowd> {
    const [message] = (await once(this.child, "message")) as [FromCrowd];
    if (message.kind !== kind) throw new Error(`${message.kind} instead of ${kind}`);
    return message;
  }

  async listen(): Promise<void> {
    const listening = this.next("listening");
    this.child.send("listen");
    await listening;
  }

  async stop(): Promise<void> {
    this.child.kill();
    await once(this.child, "exit");
  }
}

async function many({ count, rounds }: { count: number; rounds: number }): Promise<Row[]> {
  const server = await MinerServer.start(SERVER, PROCESSES);
  const started = performance.now();
  const half = count / 2;
  const crowds = [0, half].map((first) => new Crowd(server.port, first, half));
  try {
    await Promise.all(crowds.map((crowd) => crowd.next("connected")));
    const seconds = (performance.now() - started) / 1000;
    const times: number[] = [];
    let lost = 0;
    for (let round = -WARM_UP; round < rounds; round++) {
      await Promise.all(crowds.map((crowd) => crowd.listen()));
      const fired = performance.now();
      const served = crowds.map((crowd) => crowd.next("served"));
      await server.fire(0);
      lost = (await Promise.all(served)).reduce((sum, crowd) => sum + crowd.lost, 0);
      if (round >= 0) times.push(performance.now() - fired);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    const { connections } = await server.counts();
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
