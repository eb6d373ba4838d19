import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type InnerCounts, type ObjectKind, PROBE_VARIABLE, type ProbeReply, type ProbeRequest } from "./probe.js";
import { type OuterCounts, outerCounts } from "./proc.js";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const PROBE = new URL("./probe.js", import.meta.url).href;
/** The probe counts objects in a way that Node calls experimental. */
const FLAGS = ["--expose-gc", "--disable-warning=ExperimentalWarning", "--import", PROBE];

/** What `/api/v1/status` says, as far as it is of interest here. */
interface Status {
  readonly chain: { readonly tip: string | null; readonly height: number | null; readonly shares: number };
}

/** One look at a node. */
export interface Sample extends OuterCounts, InnerCounts, Partial<Record<ObjectKind, number>> {
  readonly node: number;
  /** Which of its processes, from 1. */
  readonly life: number;
  /** Since the process was started, seconds. */
  readonly age: number;
  /** Since the soak began, seconds. */
  readonly at: number;
  readonly shares: number;
  readonly height: number;
  readonly tip: string | null;
}

export interface SoakNodeOptions {
  readonly index: number;
  readonly args: readonly string[];
  readonly workerPort: number;
  readonly p2pPort: number;
}

/** Looks between two counts of all objects of a kind, which take a while. */
const OBJECTS_EVERY = 2;
const OBJECT_KINDS = ["emitters", "timers", "promises"] as const;

const ANSWER_MS = 15_000;
/** On a busy machine. */
const SNAPSHOT_MS = 300_000;
/** What a healthy node never says. */
const TROUBLE = /Warning|Unhandled|uncaught|TypeError|RangeError|ReferenceError|FATAL|out of memory/;

/** A node of the soak: the program as a user runs it, over several lives of its process. */
export class SoakNode {
  readonly options: SoakNodeOptions;
  /** Lines on standard error that look like a mistake in the program, of all lives. */
  readonly trouble: string[] = [];
  /** Ends that nobody asked for. */
  readonly crashes: string[] = [];
  /** Shares that its own miners found. */
  sharesFound = 0;
  life = 0;
  private child: ChildProcess | null = null;
  private ended: Promise<string> = Promise.resolve("");
  private startedMs = 0;
  private isWanted = false;
  private lastId = 0;
  private looks = 0;
  /** Processor time of lives that are over, seconds. */
  private pastSeconds = 0;
  private seconds = 0;

  constructor(options: SoakNodeOptions) {
    this.options = options;
  }

  get isUp(): boolean {
    return this.child !== null;
  }

  get processorSeconds(): number {
    return this.pastSeconds + this.seconds;
  }

  start(): void {
    const { args, index } = this.options;
    const child = spawn(process.execPath, [...FLAGS, MAIN, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, [PROBE_VARIABLE]: "1" },
    });
    this.child = child;
    this.life++;
    this.startedMs = performance.now();
    this.isWanted = true;
    createInterface({ input: child.stdout! }).on("line", (line) => {
      if (line.includes("GOT SHARE")) this.sharesFound++;
    });
    let lastLine = "";
    createInterface({ input: child.stderr! }).on("line", (line) => {
      lastLine = line;
      if (TROUBLE.test(line)) this.trouble.push(line);
    });
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        if (this.isWanted) this.crashes.push(`node ${index}, life ${this.life}: ${how}: ${lastLine}`);
        this.child = null;
        this.pastSeconds += this.seconds;
        this.seconds = 0;
        resolve(how);
      });
    });
  }

  /** Sends a signal that ends it. Resolves with how it ended; null if it has not after so long, and was killed then. */
  async end(signal: "SIGTERM" | "SIGKILL", patienceMs = 30_000): Promise<string | null> {
    this.isWanted = false;
    this.child?.kill(signal);
    const late = new Promise<null>((resolve) => {
      setTimeout(() => resolve(null), patienceMs).unref();
    });
    const how = await Promise.race([this.ended, late]);
    if (how === null) this.child?.kill("SIGKILL");
    await this.ended;
    return how;
  }

  /** Holds it up, as a machine does that swaps. */
  freeze(): void {
    this.child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.child?.kill("SIGCONT");
  }

  /** Null while it is down, starting or held up. */
  async sample(at: number): Promise<Sample | null> {
    const { child, life } = this;
    if (child === null) return null;
    try {
      const { chain } = await this.status();
      const objects = this.nextObjects();
      const reply = await this.ask(child, { soak: "count", id: ++this.lastId, objects });
      const outer = outerCounts(child.pid!);
      if (this.life !== life) return null;
      this.seconds = outer.processorSeconds;
      const age = (performance.now() - this.startedMs) / 1000;
      const { shares, height, tip } = chain;
      return {
        ...{ node: this.options.index, life, age, at, shares, height: height ?? 0, tip },
        ...outer,
        ...reply.counts!,
        ...(objects === null ? {} : { [objects]: reply.objects! }),
      };
    } catch {
      // It went away or was held up meanwhile.
      return null;
    }
  }

  private nextObjects(): ObjectKind | null {
    const look = this.looks++;
    return look % OBJECTS_EVERY === 0 ? OBJECT_KINDS[(look / OBJECTS_EVERY) % OBJECT_KINDS.length]! : null;
  }

  async status(): Promise<Status> {
    const reply = await fetch(`http://127.0.0.1:${this.options.workerPort}/api/v1/status`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return (await reply.json()) as Status;
  }

  async snapshot(file: string): Promise<void> {
    if (this.child === null) return;
    await this.ask(this.child, { soak: "snapshot", id: ++this.lastId, file }, SNAPSHOT_MS);
  }

  private ask(child: ChildProcess, request: ProbeRequest, patienceMs = ANSWER_MS): Promise<ProbeReply> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        child.off("message", onMessage);
        child.off("exit", onExit);
      };
      const onExit = (): void => {
        settle();
        reject(new Error("it ended"));
      };
      const onMessage = (reply: ProbeReply): void => {
        if (reply.soak !== request.id) return;
        settle();
        resolve(reply);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error("no answer"));
      }, patienceMs);
      child.on("message", onMessage);
      child.once("exit", onExit);
      child.send(request, (error) => {
        if (error !== null) onExit();
      });
    });
  }
}
