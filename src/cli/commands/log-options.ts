import { systemClock } from "../../platform/clock.js";
import { LogFileError, RotatingFile } from "../../platform/rotating-file.js";
import { DataFolderError } from "../exit.js";
import { Journal, LOG_FORMATS } from "../journal.js";
import { choiceOption, integerOption, type OptionValues, switchOption, textOption } from "../options.js";
import type { Output } from "./command.js";
import { commonOptions } from "./shared-options.js";

export const logOptions = {
  ...commonOptions,
  debug: switchOption("debug", "the same as --log-level debug"),
  logFormat: choiceOption("log-format", "lines for people or JSON objects", LOG_FORMATS, "text"),
  logFile: textOption("logfile", "FILE", "gets everything that is printed", null, {
    defaultText: "log in the network's data folder",
  }),
  logMaxSize: integerOption(
    "log-max-size",
    "MB",
    "size at which the log file is put aside as FILE.1",
    { min: 1, max: 10_000 },
    20,
  ),
  logKeep: integerOption("log-keep", "N", "log files put aside that are kept", { min: 0, max: 100 }, 5),
};

/** `defaultFile`: in the network's data folder. @throws LogFileError, or DataFolderError for the default file */
export function openJournal(
  values: OptionValues<typeof logOptions>,
  defaultFile: string,
  output: Output,
): { readonly journal: Journal; readonly file: RotatingFile } {
  const file = new RotatingFile({
    path: values.logFile ?? defaultFile,
    maxBytes: values.logMaxSize * 1_000_000,
    keep: values.logKeep,
    clock: systemClock,
    onTrouble: (reason) => {
      // Not by way of the log, which would go to the file.
      output.warn(reason === null ? "the log file is written again" : `the log file cannot be written: ${reason}`);
    },
  });
  try {
    file.start();
  } catch (error) {
    // In the data folder it is not what was said on the command line that is wrong.
    throw error instanceof LogFileError && values.logFile === null ? new DataFolderError(error.message) : error;
  }
  const journal = new Journal({
    format: values.logFormat,
    level: values.debug ? "debug" : values.logLevel,
    colors: process.stderr.isTTY === true && process.env.NO_COLOR === undefined,
    file,
    print: output.print,
    printError: (line) => process.stderr.write(`${line}\n`),
    now: () => systemClock.now(),
  });
  return { journal, file };
}
