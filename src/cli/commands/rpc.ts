import { AuthError, type DiscoveredDaemon, RpcClient, RpcClientError, stringifyJson } from "../../daemon/rpc/index.js";
import { EXIT, RunError } from "../exit.js";
import { numberOption, switchOption, textOption, UsageError } from "../options.js";
import { untilSignal } from "../signals.js";
import type { Command } from "./command.js";
import { chooseNetwork, networkOptions } from "./network-options.js";
import { readArguments, separateArguments } from "./rpc-arguments.js";
import { daemonOptions, describeCredentials, findDaemons, givenCredentials } from "./rpc-options.js";
import { helpOption } from "./shared-options.js";

const options = {
  ...networkOptions,
  ...daemonOptions,
  wallet: textOption("rpc-wallet", "NAME", "the wallet that the call is for", null),
  timeout: numberOption("rpc-timeout", "SECONDS", "longest wait for the answer", { min: 0.1, max: 1e6 }, 900),
  named: switchOption("named", "arguments are NAME=VALUE"),
  json: switchOption("json", "print a text as JSON too, in quotes"),
  ...helpOption,
};

export const rpcCommand: Command<typeof options> = {
  name: "rpc",
  usage: "p2pool rpc [options] METHOD [ARGUMENT…]",
  summary: "ask the coin daemon: arguments that are JSON are sent as such, all others as texts",
  options,
  prepare: (args) => separateArguments(args, options),
  async run(values, positionals, output) {
    const [method, ...args] = positionals;
    if (method === undefined) throw new UsageError("a method is needed, such as: p2pool rpc getblockchaininfo");
    const params = readArguments(args, values.named);
    const { coin } = chooseNetwork(values);
    const found = (await findDaemons(values, coin, givenCredentials([], process.env)))[0]!;
    const rpc = new RpcClient({ url: found.url, auth: found.auth });
    const signal = untilSignal(() => {});
    try {
      const client = values.wallet === null ? rpc : rpc.wallet(values.wallet);
      const result = await client.call(method, params, {
        numbers: "lossless",
        timeoutMs: values.timeout * 1000,
        signal: signal.aborted,
      });
      output.print(typeof result === "string" && !values.json ? result : stringifyJson(result, 2));
      return EXIT.ok;
    } catch (error) {
      if (error instanceof RpcClientError) throw new RunError(explain(error, found), { cause: error });
      throw error;
    } finally {
      signal.release();
      rpc.close();
    }
  },
};

function explain(error: RpcClientError, found: DiscoveredDaemon): string {
  return error instanceof AuthError ? `${error}; it was shown: ${describeCredentials(found)}` : String(error);
}
