#!/usr/bin/env node
import { VERSION } from "../platform/version.js";
import type { Command, Output } from "./commands/command.js";
import { demoCommand } from "./commands/demo.js";
import { inspectCommand } from "./commands/inspect.js";
import { nodeCommand } from "./commands/node.js";
import { proofCommand } from "./commands/proof.js";
import { EXIT, errorLine, exitCode } from "./exit.js";
import { describeOptions, type OptionTable, parseOptions } from "./options.js";

/** Without a command's name the arguments are the node's, as operators' scripts have them. */
const COMMANDS: readonly Command[] = [demoCommand, inspectCommand, proofCommand] as unknown as Command[];

const output: Output = {
  print: (line) => process.stdout.write(`${line}\n`),
  colors: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
};

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--version")) {
    output.print(`p2pool ${VERSION}`);
    return EXIT.ok;
  }
  const named = COMMANDS.find((command) => command.name === args[0]);
  return named === undefined ? execute(nodeCommand, args, overview()) : execute(named, args.slice(1), "");
}

async function execute<Table extends OptionTable>(
  command: Command<Table>,
  args: readonly string[],
  more: string,
): Promise<number> {
  const { values, positionals } = parseOptions(args, command.options);
  if ((values as { help?: boolean }).help === true) {
    output.print(`usage: ${command.usage}\n\n${command.summary}\n\n${describeOptions(command.options)}${more}`);
    return EXIT.ok;
  }
  return command.run(values, positionals, output);
}

function overview(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  p2pool ${name.padEnd(8)} ${summary}`);
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
