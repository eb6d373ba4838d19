import { parseArgs } from "node:util";
import { P2PoolError } from "../core/errors.js";

/** A wrong command line: one clear line, exit code 2. */
export class UsageError extends P2PoolError<{ code: "USAGE"; option: string | null }> {
  constructor(message: string, option: string | null = null, options?: ErrorOptions) {
    super(message, { code: "USAGE", option }, options);
  }
}

/** A row of an option table: parsing, validation and help come from the same row. */
export interface OptionRow<T = unknown> {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; absent for a switch. */
  readonly value?: string;
  /** For an option that may stand without a value: what it has then, and what a word behind it looks like that is one. */
  readonly bare?: { readonly value: string; readonly takes: RegExp };
  readonly repeatable?: boolean;
  /** Other names, not shown in the help. */
  readonly aliases?: readonly string[];
  /** A repeatable option; each value of this one belongs to the value of that one before it. */
  readonly belongsTo?: string;
  /** Heading in the help. */
  readonly group?: string;
  /** Whether the value is a secret, to be masked where values are shown. */
  readonly secret?: boolean;
  readonly help: string;
  /** Left out of the help: for tests. */
  readonly isHidden?: boolean;
  /** Shown in the help. */
  readonly defaultText?: string;
  /** Turns the text into the value. @throws UsageError naming the option. */
  readonly parse: (text: string) => T;
  readonly fallback: T;
}

/** Keys are what the program calls the options. */
export type OptionTable = { readonly [key: string]: OptionRow };
export type OptionValues<Table extends OptionTable> = {
  readonly [K in keyof Table]: Table[K] extends OptionRow<infer T> ? T : never;
};

type RowDetails<T> = Omit<OptionRow<T>, "fallback" | "help" | "name" | "parse" | "value">;

/** Puts the rows of a table under a heading of the help. */
export function optionGroup<Table extends OptionTable>(group: string, table: Table): Table {
  return Object.fromEntries(Object.entries(table).map(([key, row]) => [key, { ...row, group }])) as unknown as Table;
}

export function switchOption(name: string, help: string, details: RowDetails<boolean> = {}): OptionRow<boolean> {
  return { name, help, parse: () => true, fallback: false, ...details };
}

/** A whole number within bounds. */
export function integerOption<F extends number | null>(
  name: string,
  value: string,
  help: string,
  range: { readonly min: number; readonly max: number },
  fallback: F,
  details: RowDetails<number | F> = {},
): OptionRow<number | F> {
  const parse = (text: string): number => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= range.min && number <= range.max)) {
      throw new UsageError(`--${name}: ${quote(text)} is not a whole number from ${range.min} to ${range.max}`, name);
    }
    return number;
  };
  return {
    name,
    value,
    help,
    parse,
    fallback,
    ...(fallback === null ? {} : { defaultText: String(fallback) }),
    ...details,
  };
}

/** A decimal number within bounds. */
export function numberOption<F extends number | null>(
  name: string,
  value: string,
  help: string,
  range: { readonly min: number; readonly max: number },
  fallback: F,
  details: RowDetails<number | F> = {},
): OptionRow<number | F> {
  const parse = (text: string): number => {
    const number = /^(?:\d+\.?\d*|\.\d+)(?:e-?\d{1,3})?$/i.test(text) ? Number(text) : Number.NaN;
    if (!(number >= range.min && number <= range.max)) {
      throw new UsageError(`--${name}: ${quote(text)} is not a number from ${range.min} to ${range.max}`, name);
    }
    return number;
  };
  return {
    name,
    value,
    help,
    parse,
    fallback,
    ...(fallback === null ? {} : { defaultText: String(fallback) }),
    ...details,
  };
}

export function textOption<F extends string | null>(
  name: string,
  value: string,
  help: string,
  fallback: F,
  details: RowDetails<string | F> = {},
): OptionRow<string | F> {
  return {
    name,
    value,
    help,
    parse: (text) => text,
    fallback,
    ...(fallback === null ? {} : { defaultText: fallback }),
    ...details,
  };
}

export function listOption(
  name: string,
  value: string,
  help: string,
  details: RowDetails<readonly string[]> = {},
): OptionRow<readonly string[]> {
  return { name, value, help, repeatable: true, parse: (text) => [text], fallback: [], ...details };
}

/** Values for those of another option, in their order; null where none was given. */
export function attachedOption(
  name: string,
  value: string,
  help: string,
  belongsTo: string,
): OptionRow<readonly (string | null)[]> {
  return { name, value, help, belongsTo, repeatable: true, parse: (text) => [text], fallback: [] };
}

export function choiceOption<T extends string>(
  name: string,
  help: string,
  choices: readonly T[],
  fallback: T,
): OptionRow<T> {
  const parse = (text: string): T => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new UsageError(`--${name}: ${quote(text)} is none of ${choices.join(", ")}`, name);
    return choice;
  };
  return { name, value: "NAME", help: `${help}: ${choices.join(", ")}`, parse, fallback, defaultText: fallback };
}

/**
 * Values of a command line and what stands between them. `origins`: where each word was written, by its place; the result's
 * say where each option that was given was, the last time. @throws UsageError
 */
export function parseOptions<Table extends OptionTable>(
  args: readonly string[],
  table: Table,
  origins: readonly string[] = [],
): { values: OptionValues<Table>; positionals: readonly string[]; origins: ReadonlyMap<string, string> } {
  const rows = Object.entries(table);
  const config: Record<string, { type: "boolean" | "string"; short?: string; multiple: boolean }> = {};
  for (const [, row] of rows) {
    const kind = { type: row.value === undefined ? "boolean" : "string", multiple: row.value !== undefined } as const;
    config[row.name] = { ...kind, ...(row.short === undefined ? {} : { short: row.short }) };
    for (const alias of row.aliases ?? []) config[alias] = kind;
  }
  const parsed = parseStrictly(withBareValues(args, table), config);
  const values: Record<string, unknown> = {};
  for (const [key, row] of rows) {
    if (row.belongsTo !== undefined) {
      values[key] = attach(parsed.tokens, row, row.belongsTo);
      continue;
    }
    const written = [row.name, ...(row.aliases ?? [])].flatMap((name) => parsed.values[name] ?? []);
    if (written.length === 0) values[key] = row.fallback;
    else if (row.value === undefined) values[key] = true;
    else {
      const texts = written as string[];
      // Of repeated single values the last one wins.
      values[key] = row.repeatable ? texts.flatMap((text) => row.parse(text) as unknown[]) : row.parse(texts.at(-1)!);
    }
  }
  const places = new Map<string, string>();
  for (const { kind, name, index } of parsed.tokens) {
    if (kind !== "option") continue;
    const row = rows.find(([, candidate]) => candidate.name === name || candidate.aliases?.includes(name!));
    if (row !== undefined) places.set(row[0], origins[index] ?? "command line");
  }
  return { values: values as OptionValues<Table>, positionals: parsed.positionals, origins: places };
}

/** Word by word: gives options that stand without their value the one that they have then. */
function withBareValues(args: readonly string[], table: OptionTable): string[] {
  const end = args.indexOf("--");
  return args.map((arg, at) => {
    if (end >= 0 && at > end) return arg;
    const bare = Object.values(table).find(({ name }) => arg === `--${name}`)?.bare;
    return bare === undefined || bare.takes.test(args[at + 1] ?? "") ? arg : `${arg}=${bare.value}`;
  });
}

interface Token {
  readonly kind: string;
  /** Of the word in the command line. */
  readonly index: number;
  readonly name?: string;
  readonly value?: string | undefined;
}

function attach(tokens: readonly Token[], row: OptionRow, to: string): unknown[] {
  const values: unknown[] = [];
  for (const { kind, name, value } of tokens) {
    if (kind !== "option") continue;
    if (name === to) values.push(null);
    if (name !== row.name) continue;
    if (values.length === 0) throw new UsageError(`--${row.name}: comes after the --${to} that it is for`, row.name);
    if (values.at(-1) !== null) throw new UsageError(`--${row.name}: given twice for one --${to}`, row.name);
    values.splice(-1, 1, ...(row.parse(value ?? "") as unknown[]));
  }
  return values;
}

function parseStrictly(
  args: readonly string[],
  options: Record<string, { type: "boolean" | "string"; short?: string; multiple: boolean }>,
): { values: Record<string, unknown>; positionals: string[]; tokens: readonly Token[] } {
  try {
    const settings = { args: [...args], options, allowPositionals: true, strict: true, tokens: true } as const;
    const { values, positionals, tokens } = parseArgs(settings);
    return { values, positionals, tokens };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    throw new UsageError(explain(code, message), null, { cause: error });
  }
}

/** Node's explanations go on about how to escape dashes; the first sentence is what a user needs. */
function explain(code: string, message: string): string {
  const name = /'(--?[^' ]+)/.exec(message)?.[1] ?? "option";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return `unknown option ${name}`;
  if (/argument missing|ambiguous/.test(message)) return `option ${name} needs a value`;
  if (/does not take an argument/.test(message)) return `option ${name} takes no value`;
  return message.split(". ")[0]!;
}

/** Lines of the help for a table, under the headings of its groups. */
export function describeOptions(table: OptionTable): string {
  return optionGroups(table)
    .map(([group, rows]) => (group === "" ? describeRows(rows) : `${group}:\n${describeRows(rows)}`))
    .join("\n\n");
}

/** Rows by their headings, in the order of the table. */
export function optionGroups(table: OptionTable): [group: string, rows: readonly OptionRow[]][] {
  const groups = new Map<string, OptionRow[]>();
  for (const row of Object.values(table)) {
    if (row.isHidden === true) continue;
    const group = row.group ?? "";
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return [...groups];
}

/** How an option is written: `-a, --address ADDRESS`. */
export function optionNames({ name, short, value }: OptionRow): string {
  return `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

/** What it does, with its default. */
export function optionDetails({ help, defaultText, repeatable }: OptionRow): string {
  const notes = [defaultText === undefined ? "" : `default ${defaultText}`, repeatable === true ? "repeatable" : ""];
  const extra = notes.filter((note) => note !== "").join(", ");
  return extra === "" ? help : `${help} (${extra})`;
}

function describeRows(rows: readonly OptionRow[]): string {
  const lefts = rows.map((row) => `  ${row.short === undefined ? "    " : ""}${optionNames(row)}`);
  const width = Math.min(34, Math.max(...lefts.map((left) => left.length)) + 2);
  return rows
    .map((row, i) => {
      const left = lefts[i]!;
      const [first, ...rest] = wrap(optionDetails(row), 100 - width);
      const head = left.length + 2 > width ? `${left}\n${" ".repeat(width)}${first}` : left.padEnd(width) + first;
      return [head, ...rest.map((line) => " ".repeat(width) + line)].join("\n");
    })
    .join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Text of a user in a message: bounded, and without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
