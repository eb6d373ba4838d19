import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "../../core/errors.js";
import { UsageError } from "../options.js";

/** The Python node's data folder of one network (spec/05 §1.1), which is only read. */
export interface ReferenceFolder {
  /** Its share logs, in the order in which they were begun. */
  readonly shareLogs: readonly string[];
  /** What its file of known nodes holds; undefined if it has none, or it cannot be read. */
  readonly addresses: unknown;
  /** Why the addresses cannot be used; null if they can, or there are none. */
  readonly addressesProblem: string | null;
}

const SHARE_LOG = /^shares\.(\d+)$/;

/** @throws UsageError if there is neither a share log nor a file of addresses */
export function openReferenceFolder(directory: string): ReferenceFolder {
  const names = namesIn(directory);
  const shareLogs = shareLogsAmong(names).map((name) => join(directory, name));
  if (shareLogs.length === 0 && !names.includes("addrs")) {
    throw new UsageError(
      `${directory} holds no shares.0, shares.1 … and no addrs: give the folder of one network, such as data/bitcoin`,
    );
  }
  if (!names.includes("addrs")) return { shareLogs, addresses: undefined, addressesProblem: null };
  try {
    const addresses: unknown = JSON.parse(readFileSync(join(directory, "addrs"), "utf8"));
    return { shareLogs, addresses, addressesProblem: null };
  } catch (error) {
    return { shareLogs, addresses: undefined, addressesProblem: `addrs cannot be read: ${errorMessage(error)}` };
  }
}

/** By number: 10 comes after 9. */
export function shareLogsAmong(names: readonly string[]): string[] {
  const number = (name: string): bigint => BigInt(SHARE_LOG.exec(name)![1]!);
  return names.filter((name) => SHARE_LOG.test(name)).sort((a, b) => (number(a) < number(b) ? -1 : 1));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw new UsageError(errorMessage(error), null, { cause: error });
  }
}
