import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { bitsToTarget } from "../src/core/compact.js";
import { seededRandom } from "../src/core/random.js";
import { systemClock } from "../src/platform/clock.js";
import { createLogger } from "../src/platform/log.js";
import { redraft, ShareRules, Tracker } from "../src/sharechain/index.js";
import { PayoutWindows } from "../src/sharechain/payout-windows.js";
import { ChainFigures } from "../src/stats/chain-figures.js";
import { WebSide } from "../src/web/app.js";
import { localStats } from "../src/web/classic/figures.js";
import { exactJson } from "../src/web/exact-json.js";
import { viewOf } from "../test/unit/web/support/view.js";
import { chainNetwork, extend, fill, recordedShares } from "./support/chains.js";
import { type Bench, median, timeOf } from "./support/harness.js";
import { firstThreadSeconds } from "./support/processor.js";

/** Requests a second that the node should bear beside mining (issue: a dashboard worth leaving open). */
const WANTED_RATE = 1000;
const SECONDS = 6;
/** A job is made this often, as if the tip moved all the time. */
const JOB_MS = 100;

const template = { bits: 0x1d00ffff, subsidy: 312_500_000n };

/** What the web side costs: figures of a long chain, and 1,000 requests a second beside the making of jobs. */
export const web: Bench = {
  name: "web",
  async run() {
    const tracker = new Tracker(new ShareRules(chainNetwork()));
    const old = fill(tracker, recordedShares());
    const tip = extend(tracker, old, 200);
    const view = viewOf(tracker, { best: tip.id, template });
    const figures = new ChainFigures({ tracker, isOwn: (id) => id.endsWith("0") });
    figures.setBest(old);
    ask(figures);
    const followed: number[] = [];
    for (const node of [...tip.chain(200)].reverse()) {
      const started = performance.now();
      figures.setBest(node);
      ask(figures);
      followed.push(performance.now() - started);
    }
    const started = performance.now();
    for (let i = 0; i < 1000; i++) localStats(view, systemClock.now());
    const uncached = (performance.now() - started) / 1000;
    const stats = localStats(view, systemClock.now());
    const text = timeOf(() => {
      for (let i = 0; i < 1000; i++) exactJson(stats);
    });

    const quiet = await makeJobs(tracker);
    const webSide = new WebSide({
      view,
      clock: systemClock,
      random: seededRandom(1),
      log: createLogger("silent"),
      password: null,
      staticDir: null,
    });
    const busy = await underLoad(webSide.listener, tracker);
    const answer = exactJson(stats);
    const bare = await underLoad((_request, response) => void response.end(answer), tracker);
    const request = (jobs: UnderLoad): number =>
      ((jobs.processorSeconds - quiet.processorSeconds) * 1e6) / jobs.answered;
    return [
      { what: "all figures after a new tip, 9,000 shares", value: median(followed), unit: "ms" },
      { what: "/local_stats worked out, not cached", value: uncached, unit: "ms" },
      { what: "only writing its text", value: text / 1000, unit: "ms", note: "comes on top" },
      {
        what: "requests of /local_stats answered",
        value: busy.answered / SECONDS,
        unit: "/s",
        note: `at least ${WANTED_RATE}`,
      },
      { what: "one of them, processor time", value: request(busy), unit: "µs" },
      {
        what: "the same of a server that only writes that text",
        value: request(bare),
        unit: "µs",
        note: "lower bound",
      },
      { what: "against that", value: request(busy) / request(bare), unit: "×" },
      { what: "jobs made, late at most, without requests", value: quiet.latest, unit: "ms" },
      { what: "jobs made, late at most, beside the requests", value: busy.latest, unit: "ms", note: "at most 100" },
      { what: "jobs made, late in the median, beside the requests", value: busy.median, unit: "ms" },
    ];
  },
};

function ask(figures: ChainFigures): void {
  void [figures.recent, figures.hour, figures.voting, figures.votes, figures.users, figures.userStales];
  void [figures.recentBlocks, figures.payouts(bitsToTarget(template.bits), template.subsidy)];
}

interface JobMaking {
  /** How late the jobs were done, milliseconds. */
  readonly latest: number;
  readonly median: number;
  /** Of this thread meanwhile. */
  readonly processorSeconds: number;
}

interface UnderLoad extends JobMaking {
  /** Requests. */
  readonly answered: number;
}

/** Makes jobs while requests are answered. */
async function underLoad(listener: RequestListener, tracker: Tracker): Promise<UnderLoad> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const load = startLoad(`http://127.0.0.1:${(server.address() as AddressInfo).port}/local_stats`);
  const jobs = await makeJobs(tracker);
  const answered = await load.stop();
  server.closeAllConnections();
  server.close();
  return { ...jobs, answered };
}

/** Makes the generation transaction of a share again and again, on the clock. */
function makeJobs(tracker: Tracker): Promise<JobMaking> {
  const windows = new PayoutWindows(tracker.rules);
  const nodes = [...tracker.main.heads()][0]!.chain(100);
  const late: number[] = [];
  const begun = performance.now();
  const before = firstThreadSeconds();
  return new Promise((resolve) => {
    const next = (i: number): void => {
      const dueMs = begun + i * JOB_MS;
      setTimeout(
        () => {
          const { value, done } = nodes.next();
          if (done !== true) redraft(value, [], tracker.rules, windows);
          late.push(Math.max(0, performance.now() - dueMs));
          if (performance.now() - begun < SECONDS * 1000) next(i + 1);
          else {
            const processorSeconds = firstThreadSeconds() - before;
            resolve({ latest: Math.max(...late), median: median(late), processorSeconds });
          }
        },
        Math.max(0, dueMs - performance.now()),
      );
    };
    next(1);
  });
}

/** Asks from another thread at the wanted rate, over 20 connections. */
function startLoad(url: string): { stop(): Promise<number> } {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    const http = require("node:http");
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    let answered = 0, sent = 0;
    const begun = performance.now();
    const timer = setInterval(() => {
      const due = Math.floor((performance.now() - begun) / 1000 * workerData.rate);
      for (; sent < due; sent++) http.get(workerData.url, { agent }, (r) => { r.resume(); r.on("end", () => answered++); }).on("error", () => {});
    }, 5);
    parentPort.on("message", () => { clearInterval(timer); parentPort.postMessage(answered); agent.destroy(); parentPort.close(); });
  `;
  const worker = new Worker(code, { eval: true, workerData: { url, rate: 1.1 * WANTED_RATE } });
  return {
    stop: () =>
      new Promise((resolve) => {
        worker.once("message", resolve);
        worker.postMessage("stop");
      }),
  };
}
