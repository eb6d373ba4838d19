import { homedir } from "node:os";
import { join } from "node:path";
import type { LogLevel } from "../../platform/log.js";
import {
  choiceOption,
  integerOption,
  type OptionRow,
  quote,
  switchOption,
  textOption,
  UsageError,
} from "../options.js";

const LOG_LEVELS = ["silent", "error", "warn", "info", "debug", "trace"] as const satisfies readonly LogLevel[];

export const helpOption = { help: switchOption("help", "print this and exit", { short: "h" }) };

export const commonOptions = {
  logLevel: choiceOption("log-level", "how much goes to standard error", LOG_LEVELS, "warn"),
  ...helpOption,
};

/** Beside other programs' data, not beside the program, which may be anywhere and read-only. */
export const dataDirOption = textOption(
  "datadir",
  "DIR",
  "where shares are kept, in a folder for each network",
  join(homedir(), ".p2pool"),
  { defaultText: "~/.p2pool" },
);

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
    parse: (text) => parseAddressPort("worker-port", text, defaultHost),
  };
}

/** The same for a port that is not opened unless given. */
export function addressPortOption(
  name: string,
  help: string,
  defaultHost: string,
): OptionRow<{ readonly host: string; readonly port: number } | null> {
  return {
    name,
    value: "[ADDR:]PORT",
    help,
    fallback: null,
    parse: (text) => parseAddressPort(name, text, defaultHost),
  };
}

/** Ports, for each of several programs. */
export function portsOption(name: string, help: string): OptionRow<readonly number[]> {
  const one = integerOption(name, "PORT", help, { min: 1, max: 65535 }, null);
  return { name, value: "PORT", help, repeatable: true, parse: (text) => [one.parse(text)!], fallback: [] };
}

function parseAddressPort(name: string, text: string, defaultHost: string): { host: string; port: number } {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || !(port <= 65535)) {
    throw new UsageError(`--${name}: ${quote(text)} is neither PORT nor ADDR:PORT`, name);
  }
  return { host: match[1] ?? match[2] ?? defaultHost, port };
}
