import { readFileSync } from "node:fs";
import { errorMessage } from "../../core/errors.js";
import { NetworkError, networkByName, type PoolNetwork, parseNetworkJson } from "../../networks/index.js";
import { textOption, UsageError } from "../options.js";

export const networkOptions = {
  net: textOption("net", "NAME", "share network", "bitcoin"),
  networkFile: textOption("network-file", "FILE", "share network from a JSON file instead", null),
};

/** @throws UsageError naming the option; NetworkError for an unknown name. */
export function chooseNetwork({ net, networkFile }: { net: string; networkFile: string | null }): PoolNetwork {
  if (networkFile === null) return networkByName(net);
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
