import { accessSync, constants } from "node:fs";
import { tryHexToBytes } from "../../core/bytes.js";
import { errorMessage } from "../../core/errors.js";
import { systemClock } from "../../platform/clock.js";
import {
  checkPayoutProof,
  describeShare,
  loadShare,
  type PayoutProof,
  proofFromJson,
  ShareError,
  ShareRules,
} from "../../sharechain/index.js";
import { jsonLine } from "../demo/report.js";
import { EXIT, RunError } from "../exit.js";
import { inspectChain } from "../inspect/chain.js";
import { compareReports, type Report, reportOf } from "../inspect/compare.js";
import { ProgressBar } from "../inspect/progress.js";
import { proofText, runChecks } from "../inspect/proof.js";
import { readLines, readStandardInput } from "../inspect/read-lines.js";
import { chainText, shareText } from "../inspect/text.js";
import { integerOption, type OptionValues, quote, switchOption, textOption, UsageError } from "../options.js";
import type { Command, Output } from "./command.js";
import { chooseNetwork, networkOptions, readTextFile } from "./network-options.js";
import { helpOption } from "./shared-options.js";

const options = {
  ...networkOptions,
  json: switchOption("json", "print JSON"),
  subsidy: textOption("subsidy", "SATOSHI", "chain: value of a block, for the payouts it would make", null),
  blockBits: textOption("block-bits", "HEX", "chain: the coin's target as eight hex digits, with --subsidy", null),
  now: integerOption(
    "now",
    "SECONDS",
    "chain: the time to verify at, since 1970; the clock's if not given",
    { min: 0, max: 2 ** 40 },
    null,
  ),
  blockHeights: textOption(
    "block-heights",
    "FILE",
    "chain: JSON object with heights of the coin's blocks by hash",
    null,
  ),
  verdicts: switchOption("verdicts", "chain, with --json: the verdict on every share by itself, for `compare`"),
  ...helpOption,
};
type Values = OptionValues<typeof options>;

export const inspectCommand: Command<typeof options> = {
  name: "inspect",
  usage:
    "p2pool inspect share HEX|- [options]\n       p2pool inspect chain FILE [options]\n       p2pool inspect proof FILE [options]\n       p2pool inspect compare A.json B.json",
  summary:
    "everything that a share says, the verdict on a whole share log (plain or .gz), or on a payout proof; or where two verdicts differ",
  options,
  async run(values, positionals, output) {
    const [what, subject, ...more] = positionals;
    if (subject === undefined) throw new UsageError(WHAT);
    if (what === "compare" && more.length === 1) return compareFiles(subject, more[0]!, values, output);
    if (more.length > 0) throw new UsageError(`unexpected argument ${quote(more[0]!)}`);
    if (what === "share") return inspectOneShare(subject, values, output);
    if (what === "chain") return inspectLog(subject, values, output);
    if (what === "proof") return inspectProof(subject, values, output);
    throw new UsageError(WHAT);
  },
};

const WHAT = "inspect what? `share HEX` or `share -`, `chain FILE`, `proof FILE`, or `compare A.json B.json`";

/** The network is the one that the proof names, unless it is given as a file. */
async function inspectProof(file: string, values: Values, output: Output): Promise<number> {
  let proof: PayoutProof;
  try {
    const parts: string[] = [];
    for await (const line of readLines(file, () => {})) parts.push(line);
    proof = proofFromJson(parts.join("\n"));
  } catch (error) {
    throw new UsageError(`${file}: ${errorMessage(error)}`, null, { cause: error });
  }
  const network = chooseNetwork({ net: proof.network, testnet: false, networkFile: values.networkFile });
  const bar = new ProgressBar();
  const report = runChecks(checkPayoutProof(proof, new ShareRules(network)), (part) => bar.show("checking", part));
  bar.clear();
  const { ok, steps, amount, windowShares } = report;
  const facts = { ok, network: network.name, block: proof.block, address: proof.address, amount, windowShares, steps };
  output.print(values.json ? jsonLine(facts, null) : proofText(report, network));
  return ok ? EXIT.ok : EXIT.failed;
}

async function inspectOneShare(subject: string, values: Values, output: Output): Promise<number> {
  const rules = new ShareRules(chooseNetwork(values));
  const text = (subject === "-" ? await readStandardInput() : subject).trim();
  const raw = tryHexToBytes(text);
  if (raw === null) throw new UsageError("a share is an even number of hex digits");
  try {
    const share = loadShare(raw, rules);
    const description = describeShare(share);
    output.print(values.json ? JSON.stringify(description, null, 2) : shareText(description, share));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ShareError)) throw error;
    throw new RunError(`no valid share of network ${rules.network.name}: ${error.message}`);
  }
}

async function inspectLog(file: string, values: Values, output: Output): Promise<number> {
  const block = chooseBlock(values);
  const network = chooseNetwork(values);
  const blockHeights = values.blockHeights === null ? new Map<string, number>() : parseHeights(values.blockHeights);
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new UsageError(errorMessage(error));
  }
  const bar = new ProgressBar();
  try {
    const report = await inspectChain({
      network,
      lines: readLines(file, (part) => bar.show("reading", part)),
      now: values.now ?? systemClock.now(),
      blockHeights,
      block,
      wantsVerdicts: values.verdicts,
      progress: (what, part) => bar.show(what, part),
    });
    bar.clear();
    output.print(values.json ? jsonLine(report, null) : chainText(report));
    return EXIT.ok;
  } catch (error) {
    bar.clear();
    throw new RunError(`${file}: ${errorMessage(error)}`, { cause: error });
  }
}

/** Two reports of `inspect chain --json`, by different versions or programs; exit code 1 if they disagree. */
async function compareFiles(first: string, second: string, values: Values, output: Output): Promise<number> {
  const differences = compareReports(await readReport(first), await readReport(second));
  if (values.json) output.print(jsonLine({ agree: differences.length === 0, differences }, null));
  else if (differences.length === 0) output.print("they agree");
  else for (const { about, first: a, second: b } of differences) output.print(`${about}: ${a} / ${b}`);
  return differences.length === 0 ? EXIT.ok : EXIT.failed;
}

async function readReport(file: string): Promise<Report> {
  const parts: string[] = [];
  try {
    for await (const line of readLines(file, () => {})) parts.push(line);
    const report = reportOf(JSON.parse(parts.join("\n")));
    if (report !== null) return report;
  } catch (error) {
    throw new UsageError(`${file}: ${errorMessage(error)}`, null, { cause: error });
  }
  throw new UsageError(`${file} is no report of \`inspect chain --json\`, and has no verdicts`);
}

function chooseBlock({ subsidy, blockBits }: Values): { subsidy: bigint; bits: number } | null {
  if (subsidy === null && blockBits === null) return null;
  if (subsidy === null || blockBits === null) throw new UsageError("--subsidy and --block-bits go together");
  if (!/^\d{1,19}$/.test(subsidy))
    throw new UsageError(`--subsidy: ${quote(subsidy)} is no number of satoshi`, "subsidy");
  if (!/^[0-9a-fA-F]{8}$/.test(blockBits)) {
    throw new UsageError(`--block-bits: ${quote(blockBits)} is not eight hex digits`, "block-bits");
  }
  return { subsidy: BigInt(subsidy), bits: Number.parseInt(blockBits, 16) };
}

/** `{"<hash>": height, …}`, heights as numbers or decimal text. */
function parseHeights(file: string): Map<string, number> {
  const text = readTextFile(file, "block-heights");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--block-heights ${file}: ${errorMessage(error)}`, "block-heights", { cause: error });
  }
  const heights = new Map<string, number>();
  for (const [hash, height] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const number = Number(height);
    if (!/^[0-9a-f]{64}$/.test(hash) || !Number.isInteger(number) || number < 0) {
      throw new UsageError(`--block-heights ${file}: ${quote(hash)} is not a hash with a height`, "block-heights");
    }
    heights.set(hash, number);
  }
  return heights;
}
