import type { LogLevel } from "../../platform/log.js";
import { choiceOption, type OptionRow, quote, switchOption, UsageError } from "../options.js";

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug", "trace"] as const satisfies readonly LogLevel[];

export const helpOption = { help: switchOption("help", "print this and exit", { short: "h" }) };

export const commonOptions = {
  logLevel: choiceOption("log-level", "how much goes to standard error", LOG_LEVELS, "warn"),
  ...helpOption,
};

export interface WorkerPortValue {
  readonly host: string;
  /** Null if none was given. */
  readonly port: number | null;
}

/** `PORT`, `ADDR:PORT` or `[v6]:PORT` (spec/13 §2). */
export function workerPortOption(defaultHost: string): OptionRow<WorkerPortValue> {
  return {
    name: "worker-port",
    short: "w",
    value: "[ADDR:]PORT",
    help: "where miners and browsers connect",
    defaultText: `${defaultHost} and the network's port`,
    fallback: { host: defaultHost, port: null },
    parse(text) {
      const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text);
      const port = Number(match?.[3] ?? Number.NaN);
      if (match === null || !(port <= 65535)) {
        throw new UsageError(`--worker-port: ${quote(text)} is neither PORT nor ADDR:PORT`, "worker-port");
      }
      return { host: match[1] ?? match[2] ?? defaultHost, port };
    },
  };
}
