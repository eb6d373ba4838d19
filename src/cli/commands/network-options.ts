import { readFileSync } from "node:fs";
import { errorMessage } from "../../core/errors.js";
import {
  NETWORK_NAMES,
  NetworkError,
  networkByName,
  type PoolNetwork,
  parseNetworkJson,
} from "../../networks/index.js";
import { type OptionValues, switchOption, textOption, UsageError } from "../options.js";

export const networkOptions = {
  net: textOption("net", "NAME", "share network", "bitcoin", { aliases: ["network"] }),
  testnet: switchOption("testnet", "the test network of --net"),
  networkFile: textOption("network-file", "FILE", "share network from a JSON file instead", null),
};

/** Names that other programs have for the same networks. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  mainnet: "bitcoin",
  regtest: "bitcoin_regtest",
  signet: "bitcoin_signet",
  testnet: "bitcoin_testnet",
  testnet3: "bitcoin_testnet",
  testnet4: "bitcoin_testnet4",
};

/** @throws UsageError naming the option; NetworkError for an unknown name. */
export function chooseNetwork({ net, testnet, networkFile }: OptionValues<typeof networkOptions>): PoolNetwork {
  if (networkFile === null) {
    const name = OTHER_NAMES[net] ?? net.replaceAll("-", "_");
    if (!testnet || /_(testnet4?|regtest|signet)$/.test(name)) return networkByName(name);
    if (NETWORK_NAMES.includes(`${name}_testnet`)) return networkByName(`${name}_testnet`);
    throw new UsageError(`--testnet: ${networkByName(name).name} has no test network`, "testnet");
  }
  try {
    return parseNetworkJson(readTextFile(networkFile, "network-file"));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new UsageError(`--network-file ${networkFile}: ${error.message}`, "network-file", { cause: error });
  }
}

/** @throws UsageError naming the option. */
export function readTextFile(path: string, option: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--${option}: ${errorMessage(error)}`, option, { cause: error });
  }
}
