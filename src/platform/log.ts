import { type Logger, pino } from "pino";

export type { Logger };
export type LogLevel = "debug" | "error" | "fatal" | "info" | "silent" | "trace" | "warn";

/** One JSON object a line on standard error, written at once so that nothing is lost at the end of the process. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}
