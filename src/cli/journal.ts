import type { NodeEvent } from "../node/events.js";
import { createLogger, type Logger, type LogLevel } from "../platform/log.js";
import type { RotatingFile } from "../platform/rotating-file.js";
import { describeNodeEvent } from "./commands/node-report.js";
import { jsonLine } from "./demo/report.js";

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface JournalOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Whether standard error is a terminal that wants colours. */
  readonly colors: boolean;
  /** Gets everything that is printed; null for none. */
  readonly file: RotatingFile | null;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** Everything that a node says: what happens in it on standard output, its log on standard error, both in the log file. */
export class Journal {
  readonly log: Logger;
  private readonly options: JournalOptions;

  constructor(options: JournalOptions) {
    this.options = options;
    this.log = createLogger(options.level, { write: (json) => this.logged(json) });
  }

  /** For people; `--log-format json` has it as a line of type `message`. */
  say(text: string): void {
    this.tell(() => text, { type: "message", text });
  }

  event(event: NodeEvent): void {
    this.tell(() => describeNodeEvent(event), event);
  }

  private tell(describe: () => string | null, event: object): void {
    const { format, print, file, now } = this.options;
    const text = format === "json" ? jsonLine(event, now()) : describe();
    if (text === null) return;
    const lines = format === "json" ? [text] : text.split("\n").map((line) => `${localTime(now())} ${line}`);
    for (const line of lines) {
      print(line);
      file?.write(line);
    }
  }

  private logged(json: string): void {
    const { format, printError, file, colors } = this.options;
    const line = json.trimEnd();
    const entry = format === "json" ? null : (JSON.parse(line) as LogEntry);
    printError(entry === null ? line : describeEntry(entry, colors));
    file?.write(entry === null ? line : describeEntry(entry, false));
  }
}

interface LogEntry {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly err?: { readonly stack?: string; readonly message?: string };
}

const LEVELS: readonly { readonly from: number; readonly name: string; readonly color: number }[] = [
  { from: 50, name: "ERROR", color: 31 },
  { from: 40, name: "WARN", color: 33 },
  { from: 30, name: "INFO", color: 36 },
  { from: 20, name: "DEBUG", color: 90 },
  { from: 0, name: "TRACE", color: 90 },
];

/** `2026-11-25 21:54:14.123 WARN text name="value"`; values are quoted as JSON, so that nothing in them reaches a terminal. */
function describeEntry({ level, time, msg = "", err, ...fields }: LogEntry, colors: boolean): string {
  const { name, color } = LEVELS.find(({ from }) => level >= from)!;
  const shown = colors ? `\x1b[${color}m${name}\x1b[39m` : name;
  const details = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  const error = err === undefined ? "" : `\n${printable(err.stack ?? err.message ?? "unknown error")}`;
  return `${localTime(time / 1000)} ${shown} ${printable(msg)}${details.join("")}${error}`;
}

/** Without control characters, but for the ends of lines. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, "?");
}

/** `YYYY-MM-DD HH:MM:SS.mmm` where the node runs. */
export function localTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${day} ${time}.${pad(date.getMilliseconds(), 3)}`;
}
