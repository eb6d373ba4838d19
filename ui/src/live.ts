import { API, get } from "./api.js";
import type { EventOf, EventType, Status } from "./types.js";

type Listener<T extends EventType> = (data: EventOf<T>) => void;

const TYPES: readonly EventType[] = [
  "status",
  "tip",
  "share",
  "block",
  "miners",
  "point",
  "peer",
  "warning",
  "reset",
  "hello",
];
/** Without a stream for this long, the status is asked for. */
const LOST_MS = 15_000;
const ASK_MS = 10_000;

/**
 * The node's events. One stream while the page is visible; if it is lost the browser connects again by itself, and the
 * status is asked for meanwhile.
 */
class Live {
  private source: EventSource | null = null;
  private series: readonly string[] = [];
  private readonly listeners = new Map<EventType, Set<(data: never) => void>>();
  private readonly watchers = new Set<() => void>();
  /** Milliseconds; when the node was last heard. */
  heardAt = 0;
  isConnected = false;
  /** Also while nobody looks: somebody wants to be told. */
  keepsOpen = false;

  start(): void {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") {
        if (this.source === null) this.open();
      } else if (!this.keepsOpen) this.close();
    });
    setInterval(() => void this.askIfLost(), ASK_MS);
    setInterval(() => this.changed(), 1000);
    this.open();
  }

  on<T extends EventType>(type: T, listener: Listener<T>): () => void {
    const all = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, all);
    all.add(listener as (data: never) => void);
    return () => all.delete(listener as (data: never) => void);
  }

  /** Called when the connection comes or goes, and once a second. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** The newest bins of these, as `name:view`, are wanted as `point` events. */
  want(series: readonly string[]): void {
    if (series.join() === this.series.join()) return;
    this.series = series;
    if (this.source !== null) this.open();
  }

  private open(): void {
    this.close();
    const query = this.series.length === 0 ? "" : `&series=${this.series.join(",")}`;
    const types = TYPES.filter((type) => type !== "reset" && type !== "hello").join(",");
    const source = new EventSource(`${API}/events?types=${types}${query}`);
    this.source = source;
    source.onopen = () => this.connected(true);
    source.onerror = () => this.connected(false);
    for (const type of TYPES) {
      source.addEventListener(type, (event) => {
        this.heardAt = Date.now();
        this.emit(type, JSON.parse((event as MessageEvent<string>).data) as never);
      });
    }
  }

  private close(): void {
    this.source?.close();
    this.source = null;
    this.connected(false);
  }

  private connected(is: boolean): void {
    this.isConnected = is;
    this.changed();
  }

  private emit(type: EventType, data: never): void {
    for (const listener of [...(this.listeners.get(type) ?? [])]) listener(data);
  }

  private changed(): void {
    for (const watcher of this.watchers) watcher();
  }

  private async askIfLost(): Promise<void> {
    if (this.isConnected || document.visibilityState === "hidden" || Date.now() - this.heardAt < LOST_MS) return;
    try {
      const status = await get<Status>("/status");
      this.heardAt = Date.now();
      this.emit("status", status as never);
    } catch {
      // The head of the page shows for how long nothing was heard.
    }
  }
}

export const live = new Live();
