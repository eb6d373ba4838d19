import { readFileSync } from "node:fs";
import { errorMessage } from "../core/errors.js";
import { type OptionTable, quote, UsageError } from "./options.js";

/** A word of the command line, and where it was written. */
export interface Argument {
  readonly text: string;
  readonly origin: string;
}

/** Files that name files; one that names itself would go on for ever (spec/13 §1). */
const MAX_DEPTH = 10;
/** Words of all files together. */
const MAX_ARGUMENTS = 10_000;

/**
 * Puts the words of FILE in the place of each `@FILE` (spec/13 §1): split at white space, without quotes or escapes; a line
 * whose first character is `#` is a comment. Paths are relative to the current directory. @throws UsageError
 */
export function expandFiles(args: readonly string[]): Argument[] {
  const expanded: Argument[] = [];
  const add = (words: readonly string[], origin: string, depth: number): void => {
    for (const word of words) {
      if (!word.startsWith("@")) expanded.push({ text: word, origin });
      else if (depth === MAX_DEPTH)
        throw new UsageError(`${quote(word)}: files name files more than ${MAX_DEPTH} deep`);
      else add(wordsOf(word), `file ${word.slice(1)}`, depth + 1);
      if (expanded.length > MAX_ARGUMENTS) throw new UsageError(`more than ${MAX_ARGUMENTS} arguments`);
    }
  };
  add(args, "command line", 0);
  return expanded;
}

function wordsOf(word: string): string[] {
  try {
    const lines = readFileSync(word.slice(1), "utf8").split("\n");
    return lines
      .filter((line) => !/^\s*#/.test(line))
      .join("\n")
      .split(/\s+/)
      .filter((part) => part !== "");
  } catch (error) {
    throw new UsageError(`${quote(word)}: ${errorMessage(error)}`, null, { cause: error });
  }
}

/**
 * Completes long options that were cut short, as operators' scripts may have them, and calls `warn` for each. One that fits
 * several options or none is an error that names what it could have been. @throws UsageError
 */
export function completeNames(args: readonly string[], table: OptionTable, warn: (text: string) => void): string[] {
  const names = Object.values(table).flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  const end = args.indexOf("--");
  return args.map((arg, at) => {
    const match = /^--([^=]+)(=.*)?$/s.exec(arg);
    if (match === null || (end >= 0 && at > end) || names.includes(match[1]!)) return arg;
    const given = match[1]!;
    const fitting = names.filter((name) => name.startsWith(given));
    if (fitting.length === 1) {
      warn(`--${given} is taken for --${fitting[0]}`);
      return `--${fitting[0]}${match[2] ?? ""}`;
    }
    if (fitting.length > 1) {
      throw new UsageError(`option --${given} fits ${fitting.map((name) => `--${name}`).join(", ")}`, given);
    }
    const near = nearest(given, names);
    throw new UsageError(`unknown option --${printable(given)}${near === null ? "" : `; is --${near} meant?`}`, given);
  });
}

function printable(name: string): string {
  return quote(name).slice(1, -1);
}

/** The name with fewest changes, if they are few. */
function nearest(given: string, names: readonly string[]): string | null {
  let best: { readonly name: string; readonly changes: number } | null = null;
  for (const name of names) {
    const changes = editDistance(given.slice(0, 40), name);
    if (best === null || changes < best.changes) best = { name, changes };
  }
  return best !== null && best.changes <= Math.max(1, Math.floor(best.name.length / 4)) ? best.name : null;
}

/** Letters added, left out or exchanged. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * Options from the environment, to be put before those of the command line, which win: `P2POOL_FEE=1` is `--fee 1`. A list has
 * its values apart by white space, a switch is `1` or `0`. @throws UsageError for a name that no option has.
 */
export function environmentArguments(
  table: OptionTable,
  environment: Readonly<Record<string, string | undefined>>,
  reserved: readonly string[] = [],
): Argument[] {
  const args: Argument[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("P2POOL_") || text === undefined || reserved.includes(variable)) continue;
    const add = (word: string): void => void args.push({ text: word, origin: `environment, ${variable}` });
    const name = variable.slice("P2POOL_".length).toLowerCase().replaceAll("_", "-");
    const row = Object.values(table).find((candidate) => candidate.name === name);
    if (row === undefined) throw new UsageError(`${variable}: there is no option --${printable(name)}`, name);
    if (row.value !== undefined) {
      const values = row.repeatable === true ? text.split(/\s+/).filter((part) => part !== "") : [text];
      for (const value of values) add(`--${name}=${value}`);
    } else if (/^(1|true|yes|on)$/i.test(text)) add(`--${name}`);
    else if (!/^(0|false|no|off|)$/i.test(text))
      throw new UsageError(`${variable}: ${quote(text)} is neither 1 nor 0`, name);
  }
  return args;
}
