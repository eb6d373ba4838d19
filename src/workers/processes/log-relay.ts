import type { Logger } from "../../platform/log.js";

const LEVELS = { 10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" } as const;

/** Writes a line of a worker process's log into the node's. */
export function relayLog(log: Logger, line: string, process: number): void {
  const {
    level,
    msg,
    time: _time,
    ...fields
  } = JSON.parse(line) as {
    level: keyof typeof LEVELS;
    msg?: string;
    time?: number;
  };
  log[LEVELS[level]]({ process, ...fields }, msg ?? "");
}
