import type { RpcClient } from "../daemon/rpc/index.js";
import type { Clock, Timer } from "../platform/clock.js";

/** What the daemon says of itself. */
export interface DaemonInfo {
  readonly version: string;
  /** As a number such as 210201; null where the daemon gives a text. */
  readonly versionNumber: number | null;
  readonly connections: number | null;
  readonly warnings: readonly string[];
}

const PERIOD_MS = 1_200_000;
const WARNED_PERIOD_MS = 300_000;
/** After a failure. */
const RETRY_MS = 30_000;

/** Asks the daemon about itself every 20 minutes, every 5 while it warns (spec/08 §4). After `stop` no timer is left. */
export class DaemonInfoSource {
  private readonly rpc: Pick<RpcClient, "getNetworkInfo">;
  private readonly clock: Clock;
  private readonly ending = new AbortController();
  private timer: Timer | null = null;
  private info: DaemonInfo | null = null;

  constructor(options: { readonly rpc: Pick<RpcClient, "getNetworkInfo">; readonly clock: Clock }) {
    this.rpc = options.rpc;
    this.clock = options.clock;
  }

  /** Null until it has answered. */
  get current(): DaemonInfo | null {
    return this.info;
  }

  start(): void {
    void this.ask();
  }

  stop(): void {
    this.ending.abort();
    this.timer?.cancel();
  }

  private async ask(): Promise<void> {
    const { signal } = this.ending;
    let isAnswered = false;
    try {
      const { version, subversion, connections, warnings } = await this.rpc.getNetworkInfo({ signal });
      this.info = {
        version: subversion === "" ? String(version) : subversion,
        versionNumber: typeof version === "number" ? version : null,
        connections: connections ?? null,
        warnings,
      };
      isAnswered = true;
    } catch {
      // Whoever asks for templates meets the same trouble and tells of it.
    }
    if (signal.aborted) return;
    const isWarned = (this.info?.warnings.length ?? 0) > 0;
    const pause = isAnswered ? (isWarned ? WARNED_PERIOD_MS : PERIOD_MS) : RETRY_MS;
    this.timer = this.clock.after(pause, () => void this.ask());
  }
}
