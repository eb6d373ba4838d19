#!/usr/bin/env node
import { VERSION } from "../platform/version.js";
import { type Argument, completeNames, environmentArguments, expandFiles } from "./arguments.js";
import { COMMANDS } from "./commands/all.js";
import type { Command, Output } from "./commands/command.js";
import { CREDENTIAL_VARIABLES } from "./commands/rpc-options.js";
import { EXIT, errorLine, exitCode } from "./exit.js";
import { describeOptions, type OptionTable, parseOptions } from "./options.js";

const [NODE, ...OTHERS] = COMMANDS as readonly [Command, ...Command[]];

const output: Output = {
  print: (line) => process.stdout.write(`${line}\n`),
  warn: (line) => process.stderr.write(`p2pool: ${line}\n`),
  isTerminal: process.stdout.isTTY === true,
  colors: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
};

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--version")) {
    output.print(`p2pool ${VERSION}`);
    return EXIT.ok;
  }
  const named = OTHERS.find((command) => command.name === args[0]);
  if (named !== undefined) return execute(named, withOrigin(args.slice(1)), "");
  const words = [...environmentArguments(NODE.options, process.env, CREDENTIAL_VARIABLES), ...expandFiles(args)];
  return execute(NODE, words, overview());
}

async function execute<Table extends OptionTable>(
  command: Command<Table>,
  args: readonly Argument[],
  more: string,
): Promise<number> {
  const given = args.map(({ text }) => text);
  const words = command.prepare?.(given) ?? completeNames(given, command.options, (text) => output.warn(text));
  const places = args.map(({ origin }) => origin);
  const { values, positionals, origins } = parseOptions(words, command.options, places);
  if ((values as { help?: boolean }).help === true) {
    output.print(`usage: ${command.usage}\n\n${command.summary}\n\n${describeOptions(command.options)}${more}`);
    return EXIT.ok;
  }
  // Other users of this machine see command lines.
  if (Object.entries(command.options).some(([key, row]) => row.secret === true && origins.has(key))) {
    process.title = "p2pool";
  }
  return command.run(values, positionals, output, origins);
}

function withOrigin(args: readonly string[]): Argument[] {
  return args.map((text) => ({ text, origin: "command line" }));
}

function overview(): string {
  const width = Math.max(...OTHERS.map(({ name }) => name.length));
  const lines = OTHERS.map(({ name, summary }) => `  p2pool ${name.padEnd(width)}  ${summary}`);
  return `\n\nother commands (--help after the name tells more):\n\n${lines.join("\n")}\n  p2pool --version`;
}

// A reader that went away, such as `head`, ends the program quietly.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed),
);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${errorLine(error)}\n`);
  process.exitCode = exitCode(error);
}
