import type { Command } from "./commands/command.js";
import { optionDetails, optionGroups, optionNames } from "./options.js";

/** docs/OPTIONS.md: every command with its options, from the tables that parse them. */
export function optionsMarkdown(commands: readonly Command[]): string {
  const parts = commands.map((command) => {
    const groups = optionGroups(command.options).map(([group, rows]) => {
      const heading = group === "" ? "" : `### ${group}\n\n`;
      const lines = rows.map((row) => `| ${code(optionNames(row))} | ${cell(sentence(optionDetails(row)))} |`);
      return `${heading}| option | |\n|---|---|\n${lines.join("\n")}\n`;
    });
    const title = command.name === "node" ? "p2pool" : `p2pool ${command.name}`;
    return `## ${title}\n\n${usageLines(command)
      .map((line) => `    ${line}\n`)
      .join("")}\n${sentence(command.summary)}\n\n${groups.join("\n")}`;
  });
  return `# Options

Made from the option tables by \`npm run docs\`; a test compares. \`@FILE\` stands for the words in a file; \`P2POOL_FEE=1\` in the
environment is \`--fee 1\`, and the command line wins over it. Names may be cut short where that is unambiguous.

${parts.join("\n")}`;
}

/** The manual page, in the man macros. */
export function manPage(commands: readonly Command[], version: string): string {
  const sections = commands.map((command) => {
    const groups = optionGroups(command.options).map(([group, rows]) => {
      const items = rows.map((row) => `.TP\n.B ${roff(optionNames(row))}\n${roff(sentence(optionDetails(row)))}`);
      return `${group === "" ? "" : `.SS ${roff(group)}\n`}${items.join("\n")}`;
    });
    const title = command.name === "node" ? "OPTIONS" : `P2POOL ${command.name.toUpperCase()}`;
    return `.SH ${title}\n${roff(sentence(command.summary))}\n${groups.join("\n")}`;
  });
  return `.TH P2POOL 1 "" "p2pool ${version}" "User Commands"
.SH NAME
p2pool \\- a node of the decentralized mining pool P2Pool
.SH SYNOPSIS
${commands
  .flatMap(usageLines)
  .map((line) => `.B ${roff(line)}`)
  .join("\n.br\n")}
.SH DESCRIPTION
Keeps the share chain with other nodes, gives work to miners, and hands in blocks that pay all of them. Arguments may stand in
a file, named as
.IR @FILE ,
and in the environment:
.B P2POOL_FEE=1
is
.BR "\\-\\-fee 1" .
${sections.join("\n")}
`;
}

function usageLines({ usage }: Command): string[] {
  return usage.split("\n").map((line) => line.trim());
}

function sentence(text: string): string {
  return text === "" ? "" : `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^([.'])/, "\\&$1");
}
