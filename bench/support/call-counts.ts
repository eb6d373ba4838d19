import { type Profiler, Session } from "node:inspector";

/** How often a function of this program was called: its file's name and its own. */
export interface CalledFunction {
  readonly file: string;
  readonly name: string;
  readonly calls: number;
}

/**
 * Lets the engine count calls, so that the code that is counted needs nothing for it. Exact: meanwhile no function is compiled
 * into another.
 */
export class CallCounter {
  private readonly session = new Session();

  start(): void {
    this.session.connect();
    this.session.post("Profiler.enable");
    this.session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  }

  /** What was called since `start`, of the program's own files. */
  stop(): CalledFunction[] {
    const called: CalledFunction[] = [];
    const take = (error: Error | null, { result }: Profiler.TakePreciseCoverageReturnType): void => {
      if (error !== null) throw error;
      for (const { url, functions } of result) {
        const file = /\/dist\/src\/(.+)\.js$/.exec(url)?.[1];
        if (file === undefined) continue;
        for (const { functionName, ranges } of functions) {
          called.push({ file, name: functionName, calls: ranges[0]!.count });
        }
      }
    };
    // Within a process the answer comes before `post` returns.
    this.session.post("Profiler.takePreciseCoverage", take);
    this.session.post("Profiler.stopPreciseCoverage");
    this.session.post("Profiler.disable");
    this.session.disconnect();
    return called;
  }
}
