import { writeFile } from "node:fs/promises";
import { canonicalAddress } from "../../bitcoin/address.js";
import { errorMessage } from "../../core/errors.js";
import { checkPayoutProof, type PayoutProof, proofLength, proofToJson, ShareRules } from "../../sharechain/index.js";
import { EXIT, RunError } from "../exit.js";
import { proofText, runChecks } from "../inspect/proof.js";
import { fetchChain } from "../node-client.js";
import { quote, textOption, UsageError } from "../options.js";
import type { Command } from "./command.js";
import { chooseNetwork, networkOptions } from "./network-options.js";
import { helpOption } from "./shared-options.js";

const options = {
  ...networkOptions,
  block: textOption("block", "HASH", "the pool's block, or any share, whose payout is to be proven", null),
  node: textOption("node", "URL", "a node that has its shares; the network's port on this machine if not given", null),
  out: textOption("out", "FILE", "where to write it; standard output if not given", null, { short: "o" }),
  ...helpOption,
};

export const proofCommand: Command<typeof options> = {
  name: "proof",
  usage: "p2pool proof ADDRESS --block HASH [options]",
  summary: "a file with which anyone can check, offline, what a block pays an address and why",
  options,
  async run(values, positionals, output) {
    const [address, ...more] = positionals;
    if (address === undefined || more.length > 0)
      throw new UsageError("whose payout? `p2pool proof ADDRESS --block HASH`");
    if (values.block === null || !/^[0-9a-fA-F]{64}$/.test(values.block)) {
      throw new UsageError(`--block: ${quote(values.block ?? "")} is no hash of 64 hex digits`, "block");
    }
    const network = chooseNetwork(values);
    const rules = new ShareRules(network);
    const base = values.node ?? `http://127.0.0.1:${network.workerPort}/`;
    const block = values.block.toLowerCase();
    const shares = await fetchChain(base, block, proofLength(rules), rules);
    const proof: PayoutProof = {
      network: network.name,
      block,
      address: canonicalAddress(address, network.coin),
      shares,
    };
    const report = runChecks(checkPayoutProof(proof, rules), () => {});
    if (!report.ok) throw new RunError(`there is no such proof: ${report.steps.at(-1)!.text}`);
    const text = proofToJson(proof);
    if (values.out === null) {
      output.print(text);
      return EXIT.ok;
    }
    try {
      await writeFile(values.out, `${text}\n`);
    } catch (error) {
      throw new RunError(`--out: ${errorMessage(error)}`, { cause: error });
    }
    output.print(proofText(report, network));
    return EXIT.ok;
  },
};
