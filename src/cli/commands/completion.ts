import { EXIT } from "../exit.js";
import { type OptionRow, quote, UsageError } from "../options.js";
import type { Command } from "./command.js";
import { helpOption } from "./shared-options.js";

type Shell = "bash" | "fish" | "zsh";

/** Prints what makes a shell complete the names of options and commands. */
export function completionFor(commands: readonly Command[]): Command<typeof helpOption> {
  return {
    name: "completion",
    usage: "p2pool completion bash|fish|zsh",
    summary: "a script that lets a shell complete options: source <(p2pool completion bash)",
    options: helpOption,
    async run(_values, positionals, output) {
      const [shell, ...more] = positionals;
      if (shell === undefined || more.length > 0) throw new UsageError("one shell is needed: bash, fish or zsh");
      if (!isShell(shell)) throw new UsageError(`${quote(shell)} is none of bash, fish, zsh`);
      output.print(SCRIPTS[shell](commands));
      return EXIT.ok;
    },
  };
}

function isShell(text: string): text is Shell {
  return Object.hasOwn(SCRIPTS, text);
}

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Command[]) => string>> = {
  bash: (commands) =>
    [
      "_p2pool() {",
      `  local words="${words(commands[0]!)}${commands
        .slice(1)
        .map(({ name }) => ` ${name}`)
        .join("")} completion"`,
      `  case ${word("1")} in`,
      ...commands.slice(1).map((command) => `    ${command.name}) words="${words(command)}" ;;`),
      '    completion) words="bash fish zsh" ;;',
      "  esac",
      `  local current=${word("COMP_CWORD")}`,
      `  case ${word("COMP_CWORD-1")} in`,
      `    ${fileOptions(commands).join("|")}) COMPREPLY=($(compgen -f -- "$current")) ;;`,
      '    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;',
      "  esac",
      "}",
      "complete -o default -F _p2pool p2pool",
    ].join("\n"),
  zsh: (commands) =>
    ["#compdef p2pool", "autoload -U +X bashcompinit && bashcompinit", SCRIPTS.bash(commands)].join("\n"),
  fish: (commands) => {
    const [node, ...others] = commands;
    const names = [...others.map(({ name }) => name), "completion"].join(" ");
    return [
      "complete -c p2pool -f",
      ...others.map(
        ({ name, summary }) => `complete -c p2pool -n __fish_use_subcommand -a ${name} -d ${fishText(summary)}`,
      ),
      ...rows(node!).map((row) => fishLine(`not __fish_seen_subcommand_from ${names}`, row)),
      ...others.flatMap((command) =>
        rows(command).map((row) => fishLine(`__fish_seen_subcommand_from ${command.name}`, row)),
      ),
      'complete -c p2pool -n "__fish_seen_subcommand_from completion" -a "bash fish zsh"',
    ].join("\n");
  },
};

/** A word of the line that is being typed, in bash. */
function word(index: string): string {
  return `\${COMP_WORDS[${index}]}`;
}

function rows(command: Command): OptionRow[] {
  return Object.values(command.options);
}

function words(command: Command): string {
  return rows(command)
    .map(({ name }) => `--${name}`)
    .join(" ");
}

/** Options whose value is a file or a folder. */
function fileOptions(commands: readonly Command[]): string[] {
  const names = commands.flatMap(rows).filter(isFile);
  return [...new Set(names.map(({ name }) => `--${name}`))];
}

function isFile({ value }: OptionRow): boolean {
  return value === "FILE" || value === "DIR";
}

function fishLine(condition: string, row: OptionRow): string {
  const value = row.value === undefined ? "" : isFile(row) ? " -r -F" : " -x";
  const short = row.short === undefined ? "" : ` -s ${row.short}`;
  return `complete -c p2pool -n "${condition}" -l ${row.name}${short}${value} -d ${fishText(row.help)}`;
}

function fishText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
