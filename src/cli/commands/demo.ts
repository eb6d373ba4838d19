import { type Clock, sleep, systemClock } from "../../platform/clock.js";
import { createLogger } from "../../platform/log.js";
import { Demo, type NodeView } from "../demo/demo.js";
import { compareNodes, jsonLine, Ledger, TextReport } from "../demo/report.js";
import { EXIT, RunError } from "../exit.js";
import { choiceOption, integerOption, numberOption, quote, switchOption, UsageError } from "../options.js";
import { untilSignal } from "../signals.js";
import type { Command } from "./command.js";
import { commonOptions, workerPortOption } from "./shared-options.js";

const options = {
  nodes: integerOption(
    "nodes",
    "N",
    "pool nodes, connected as peers; miners are spread over them",
    { min: 1, max: 8 },
    1,
  ),
  miners: integerOption(
    "miners",
    "N",
    "miners, each with a payout address and a hash rate of its own",
    { min: 1, max: 32 },
    3,
  ),
  blocks: integerOption("blocks", "N", "end after N accepted blocks", { min: 1, max: 1_000_000 }, null),
  timeout: numberOption("timeout", "S", "fail if --blocks are not there after S seconds", { min: 1, max: 1e6 }, null),
  linger: numberOption(
    "linger",
    "S",
    "stay up to S seconds after the last block, for a look around",
    { min: 0, max: 1e6 },
    0,
  ),
  shareVersion: choiceOption("share-version", "shares of Bitcoin's network, or of Litecoin's", ["35", "36"], "35"),
  json: switchOption("json", "print one JSON event a line"),
  workerPort: workerPortOption("127.0.0.1"),
  ...commonOptions,
};

export const demoCommand: Command<typeof options> = {
  name: "demo",
  usage: "p2pool demo [options]",
  summary: "a whole pool in one process: full node, pool node and miners, to see it work",
  options,
  async run(values, positionals, output) {
    if (positionals.length > 0) throw new UsageError(`unexpected argument ${quote(positionals[0]!)}`);
    const clock = systemClock;
    const ledger = new Ledger();
    const report = values.json ? null : new TextReport(clock.now(), output.colors);
    const ending = new Ending();
    const demo = new Demo({
      nodes: values.nodes,
      miners: values.miners,
      shareVersion: values.shareVersion,
      host: values.workerPort.host,
      port: values.workerPort.port,
      clock,
      log: createLogger(values.logLevel),
      onEvent: (event) => {
        ledger.record(event);
        const line = report === null ? jsonLine(event, clock.now()) : report.describe(event, clock.now());
        if (line !== null) output.print(line);
        if (event.type === "trouble" && event.part === "full node")
          ending.because({ kind: "failed", reason: event.reason });
        if (ledger.accepted === values.blocks) ending.because({ kind: "blocks" });
      },
    });
    const signal = untilSignal(() => ending.because({ kind: "signal" }));
    if (values.timeout !== null) clock.after(values.timeout * 1000, () => ending.because({ kind: "timeout" }));
    try {
      await Promise.race([demo.start(), ending.reached]);
      const end = await ending.reached;
      if (end.kind === "failed") throw new RunError(end.reason);
      if (end.kind === "timeout" && values.blocks !== null) {
        throw new RunError(`${ledger.accepted} of ${values.blocks} blocks after ${values.timeout} seconds`);
      }
      if (end.kind === "blocks" && values.linger > 0) await sleep(clock, values.linger * 1000, signal.aborted);
      return EXIT.ok;
    } finally {
      const nodes = await demo.settle();
      await demo.stop();
      signal.release();
      if (ledger.started) output.print(finalReport(ledger, nodes, values.json, clock));
    }
  },
};

type End = { readonly kind: "blocks" | "signal" | "timeout" } | { readonly kind: "failed"; readonly reason: string };

/** Why the demo ends: the first reason counts. */
class Ending {
  readonly reached: Promise<End>;
  because: (end: End) => void = () => {};

  constructor() {
    this.reached = new Promise((resolve) => {
      this.because = resolve;
    });
  }
}

function finalReport(ledger: Ledger, views: readonly NodeView[], json: boolean, clock: Clock): string {
  if (json) {
    const nodes = views.map(({ payouts, ...view }) => ({ ...view, payouts: Object.fromEntries(payouts) }));
    return jsonLine({ type: "finished", blocks: ledger.accepted, miners: ledger.rows(), nodes }, clock.now());
  }
  const what = ledger.accepted === 1 ? "1 block was" : `${ledger.accepted} blocks were`;
  const comparison = views.length > 1 ? `\n\n${compareNodes(views, ledger.rows())}` : "";
  return `\n${what} accepted by the full node and paid\n\n${ledger.table()}${comparison}`;
}
