import { type DestinationStream, type Logger, pino } from "pino";
import { LogLimit } from "./log-limit.js";

export type { Logger };
export type LogLevel = "debug" | "error" | "fatal" | "info" | "silent" | "trace" | "warn";

/**
 * One JSON object a line, by default on standard error and written at once, so that nothing is lost at the end of the process.
 * Of lines of one kind only ten are written in a minute; the next one says how many were `leftOut`. Not so with `debug`.
 */
export function createLogger(level: LogLevel, to?: DestinationStream): Logger {
  const limit = new LogLimit();
  return pino(
    {
      level,
      base: null,
      hooks: {
        logMethod(args, method, number) {
          const [first, second] = args as [unknown, unknown];
          const text = typeof first === "string" ? first : second;
          const isLimited = typeof text === "string" && number >= pino.levels.values.info!;
          const left = isLimited ? limit.take(text, performance.now()) : 0;
          if (left === null) return;
          if (left === 0) method.apply(this, args);
          else if (typeof first === "string") method.apply(this, [{ leftOut: left }, first]);
          else method.apply(this, [{ ...(first as object), leftOut: left }, String(second)]);
        },
      },
    },
    to ?? pino.destination({ dest: 2, sync: true }),
  );
}
