import type { OptionTable, OptionValues } from "../options.js";

export interface Output {
  /** A line for standard output. */
  readonly print: (line: string) => void;
  /** A line for standard error that does not end the run. */
  readonly warn: (line: string) => void;
  /** Whether standard output is a terminal that wants colours. */
  readonly colors: boolean;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
}

export interface Command<Table extends OptionTable = OptionTable> {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly options: Table;
  /** Changes the arguments before they are parsed, where a command has a syntax of its own. */
  readonly prepare?: (args: readonly string[]) => readonly string[];
  /** Resolves with the exit code. Throws for what ends with one line on standard error. */
  run(
    values: OptionValues<Table>,
    positionals: readonly string[],
    output: Output,
    /** Where each option was written that was given, by its key in the table. */
    origins?: ReadonlyMap<string, string>,
  ): Promise<number>;
}
