import { availableParallelism } from "node:os";
import { type Clock, systemClock } from "../../platform/clock.js";
import { EXIT, RunError } from "../exit.js";
import { CpuMiner } from "../miner/cpu-miner.js";
import { parsePoolUrl } from "../miner/pool-url.js";
import { MinerReport } from "../miner/report.js";
import { choiceOption, integerOption, numberOption, switchOption, textOption, UsageError } from "../options.js";
import { untilSignal } from "../signals.js";
import type { Command } from "./command.js";
import { helpOption } from "./shared-options.js";

const options = {
  threads: integerOption(
    "threads",
    "N",
    "hashing threads; as many as there are processors if not given",
    { min: 1, max: 1024 },
    null,
  ),
  user: textOption("user", "NAME", "user name for the pool, if it is not in the URL: a payout address", null, {
    short: "u",
  }),
  password: textOption("password", "TEXT", "password for the pool", "x", { short: "p" }),
  algorithm: choiceOption("algorithm", "what the coin hashes with", ["sha256d", "scrypt"] as const, "sha256d"),
  limit: numberOption("limit", "N", "hashes per second at most", { min: 1, max: 1e15 }, null),
  insecure: switchOption("insecure", "take any certificate of the pool"),
  accepted: integerOption("accepted", "N", "end after N accepted solutions", { min: 1, max: 1_000_000_000 }, null),
  timeout: numberOption("timeout", "S", "fail if --accepted are not there after S seconds", { min: 1, max: 1e6 }, null),
  json: switchOption("json", "print one JSON event a line"),
  ...helpOption,
};

/** Seconds between lines about the hash rate. */
const REPORT_SECONDS = 10;

export const minerCommand: Command<typeof options> = {
  name: "miner",
  usage: "p2pool miner URL [options]     URL: stratum+tcp://[USER@]HOST:PORT or stratum+ssl://[USER@]HOST:PORT",
  summary: "a CPU miner, to try pools out: sha256d and scrypt over Stratum",
  options,
  async run(values, positionals, output) {
    const [url, ...more] = positionals;
    if (url === undefined) throw new UsageError("where to? p2pool miner stratum+tcp://HOST:PORT");
    if (more.length > 0) throw new UsageError(`unexpected argument ${JSON.stringify(more[0])}`);
    const pool = parsePoolUrl(url);
    const username = values.user ?? pool.username;
    if (username === null) throw new UsageError("a user name is needed: -u ADDRESS", "user");
    const clock: Clock = systemClock;
    const miner = new CpuMiner({
      host: pool.host,
      port: pool.port,
      tls: pool.isTls ? (values.insecure ? "unchecked" : "checked") : null,
      username,
      password: values.password,
      pow: values.algorithm,
      threads: values.threads ?? availableParallelism(),
      ...(values.limit === null ? {} : { hashRateLimit: values.limit }),
    });
    const report = new MinerReport({ miner, clock, json: values.json, print: output.print });
    let finish: (end: "accepted" | "signal" | "timeout") => void = () => {};
    const end = new Promise<"accepted" | "signal" | "timeout">((resolve) => {
      finish = resolve;
    });
    miner.on("accepted", () => report.accepted === values.accepted && finish("accepted"));
    const signal = untilSignal(() => finish("signal"));
    const timers = [clock.every(REPORT_SECONDS * 1000, () => report.rate())];
    if (values.timeout !== null) timers.push(clock.after(values.timeout * 1000, () => finish("timeout")));
    miner.start();
    const reason = await end;
    for (const timer of timers) timer.cancel();
    await miner.stop();
    signal.release();
    report.summary();
    if (reason === "timeout" && values.accepted !== null) {
      throw new RunError(`${report.accepted} of ${values.accepted} accepted after ${values.timeout} seconds`);
    }
    return EXIT.ok;
  },
};
