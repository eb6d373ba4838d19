import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** Without what the program would take for its options, such as the switch of this suite that forbids skips. */
const FOREIGN_ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("P2POOL_")),
);

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The program as a user runs it: a process of its own, read line by line. */
export class Program {
  readonly lines: string[] = [];
  readonly ended: Promise<ProgramEnd>;
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();
  private errors = "";

  /**
   * `input`: what it reads from standard input; none by default. `env`: added to this process's environment. `launcher`: a
   * command that is given the program's own to run, such as `prlimit`.
   */
  constructor(
    args: readonly string[],
    input?: string,
    env: Readonly<Record<string, string>> = {},
    launcher: readonly string[] = [],
  ) {
    const stdin = input === undefined ? "ignore" : "pipe";
    const [command, ...words] = [...launcher, process.execPath, MAIN, ...args];
    this.child = spawn(command!, words, {
      stdio: [stdin, "pipe", "pipe"],
      env: { ...FOREIGN_ENVIRONMENT, ...env },
    });
    this.child.stdin?.end(input);
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
      for (const wake of [...this.waiting]) wake();
    });
    createInterface({ input: this.child.stdout! }).on("line", (line) => {
      this.lines.push(line);
      for (const wake of [...this.waiting]) wake();
    });
    this.ended = once(this.child, "close").then(([code, signal]) => {
      for (const wake of [...this.waiting]) wake();
      return { code, signal };
    });
  }

  /** Waits for a text on standard error. Rejects if the program ends before. */
  async untilError(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.errors)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the program ended without it: ${this.child.signalCode ?? ""} ${this.errors}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }

  get stderr(): string {
    return this.errors;
  }

  /** The same without what the program says of a disk that others keep busy, as they may while it is tested. */
  get complaints(): string {
    return this.errors.replace(/^.* WARN the disk is slow: .*\n/gm, "");
  }

  get pid(): number {
    return this.child.pid!;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** The first line from number `from` on that `find` makes something of. Rejects if the program ends before. */
  async until<T>(find: (line: string) => T | undefined, from = 0): Promise<T> {
    for (let next = from; ; ) {
      for (; next < this.lines.length; next++) {
        const found = find(this.lines[next]!);
        if (found !== undefined) return found;
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the program ended without it: ${this.errors}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }

  /** For the end of a test that failed half-way. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
