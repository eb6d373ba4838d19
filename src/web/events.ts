import type { IncomingMessage, ServerResponse } from "node:http";
import { Deque } from "../core/deque.js";
import type { Random } from "../core/random.js";
import type { Clock, Timer } from "../platform/clock.js";
import { STREAMS, VIEWS } from "../stats/history/streams.js";
import { EVENT_TYPES, type EventData, type EventType, RESUMED } from "./api/event-schemas.js";

export interface EventHubOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  /** The present `status` event, for whoever connects. */
  readonly status: () => EventData<"status">;
  readonly limits?: EventLimits;
}

/** Bounds of the stream (spec/12 D.3): at them, a connection is refused or closed. */
export interface EventLimits {
  readonly subscribers: number;
  readonly perAddress: number;
  readonly unsentBytes: number;
  readonly kept: number;
}

const LIMITS: EventLimits = { subscribers: 100, perAddress: 10, unsentBytes: 2 ** 20, kept: 1000 };
const MAX_SERIES = 20;
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 3000;

interface Subscriber {
  readonly response: ServerResponse;
  readonly address: string;
  readonly types: ReadonlySet<EventType>;
  /** `name:view` of the history's figures whose newest bin is wanted. */
  readonly series: ReadonlySet<string>;
}

interface Kept {
  readonly id: number;
  readonly type: EventType;
  readonly text: string;
}

/**
 * Server-sent events: each is written once for all who listen. A client that does not read is closed, and one that was away
 * for too long is told to load everything again.
 *
 * Life: `start` begins the heartbeat; `stop` closes every stream.
 */
export class EventHub {
  private readonly options: EventHubOptions;
  private readonly limits: EventLimits;
  private readonly instance: string;
  private readonly subscribers = new Set<Subscriber>();
  private readonly kept = new Deque<Kept>();
  private lastId = 0;
  private heartbeat: Timer | null = null;
  private droppedCount = 0;

  constructor(options: EventHubOptions) {
    this.options = options;
    this.limits = options.limits ?? LIMITS;
    this.instance = options.random.uint32().toString(36) + options.random.uint32().toString(36);
  }

  get count(): number {
    return this.subscribers.size;
  }

  /** Streams closed because their client did not read. */
  get dropped(): number {
    return this.droppedCount;
  }

  start(): void {
    this.heartbeat = this.options.clock.every(HEARTBEAT_MS, () => {
      for (const subscriber of this.subscribers) this.write(subscriber, ":\n\n");
    });
  }

  stop(): void {
    this.heartbeat?.cancel();
    for (const { response } of this.subscribers) response.end();
    this.subscribers.clear();
  }

  /** Whether anybody wants events of a type: who makes them may spare the work. */
  wants(type: EventType): boolean {
    for (const { types } of this.subscribers) if (types.has(type)) return true;
    return false;
  }

  publish<T extends EventType>(type: T, data: EventData<T>): void {
    const isResumed = RESUMED.has(type);
    if (!isResumed && !this.wants(type)) return;
    const id = isResumed ? ++this.lastId : null;
    const text = this.format(type, data, id);
    if (id !== null) {
      this.kept.pushBack({ id, type, text });
      if (this.kept.length > this.limits.kept) this.kept.popFront();
    }
    for (const subscriber of this.subscribers) if (subscriber.types.has(type)) this.write(subscriber, text);
  }

  /** Series that somebody wants the newest bin of. */
  wantedSeries(): ReadonlySet<string> {
    return new Set([...this.subscribers].flatMap(({ series }) => [...series]));
  }

  /** The newest bin of a series, or one that has just been closed, for those who asked for it. */
  publishPoint(point: EventData<"point">): void {
    const text = this.format("point", point, null);
    const key = `${point.name}:${point.view}`;
    for (const subscriber of this.subscribers) if (subscriber.series.has(key)) this.write(subscriber, text);
  }

  /** Takes a request over. `address`: who asks, for the bound per address. */
  attach(request: IncomingMessage, response: ServerResponse, address: string): void {
    const url = new URL(request.url ?? "/", "http://node");
    const types = parseTypes(url.searchParams.get("types"));
    const series = parseSeries(url.searchParams.get("series"));
    let fromAddress = 0;
    for (const subscriber of this.subscribers) if (subscriber.address === address) fromAddress++;
    const isFull = this.subscribers.size >= this.limits.subscribers || fromAddress >= this.limits.perAddress;
    if (series === null || types === null) {
      const message = `Event types are ${EVENT_TYPES.join(", ")}; a series is name:view, ${MAX_SERIES} at most.`;
      refuse(response, 400, "bad_request", message);
      return;
    }
    if (isFull) {
      refuse(response, 429, "rate_limited", "Too many event streams are open.");
      return;
    }
    response.writeHead(200, {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-cache, no-transform",
      "X-Accel-Buffering": "no",
      "X-Content-Type-Options": "nosniff",
      "Access-Control-Allow-Origin": "*",
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const subscriber: Subscriber = { response, address, types, series };
    this.subscribers.add(subscriber);
    const forget = (): void => {
      this.subscribers.delete(subscriber);
    };
    response.once("close", forget);
    response.once("error", forget);
    this.greet(subscriber, request.headers["last-event-id"]);
  }

  private greet(subscriber: Subscriber, lastEventId: string | string[] | undefined): void {
    const { clock, version, status } = this.options;
    const hello = { instance: this.instance, version, at: clock.now() };
    this.write(subscriber, `retry: ${RETRY_MS}\n${this.format("hello", hello, this.lastId)}`);
    if (typeof lastEventId === "string") this.resume(subscriber, lastEventId);
    if (subscriber.types.has("status")) this.write(subscriber, this.format("status", status(), null));
  }

  private resume(subscriber: Subscriber, lastEventId: string): void {
    const [, instance, id] = /^([0-9a-z]{1,20})-(\d{1,15})$/.exec(lastEventId) ?? [];
    const last = Number(id);
    const oldest = this.kept.front()?.id ?? this.lastId + 1;
    if (instance !== this.instance || last < oldest - 1 || last > this.lastId) {
      this.write(subscriber, this.format("reset", {}, null));
      return;
    }
    for (let i = last - oldest + 1; i < this.kept.length; i++) {
      const event = this.kept.at(i)!;
      if (subscriber.types.has(event.type)) this.write(subscriber, event.text);
    }
  }

  private format<T extends EventType>(type: T, data: EventData<T>, id: number | null): string {
    const idLine = id === null ? "" : `id: ${this.instance}-${id}\n`;
    return `event: ${type}\n${idLine}data: ${JSON.stringify(data)}\n\n`;
  }

  private write(subscriber: Subscriber, text: string): void {
    const { response } = subscriber;
    response.write(text);
    if (response.writableLength <= this.limits.unsentBytes) return;
    this.droppedCount++;
    this.subscribers.delete(subscriber);
    response.destroy();
  }
}

/** Null for a type that there is not; all but the many if none are named. */
function parseTypes(text: string | null): ReadonlySet<EventType> | null {
  if (text === null) return new Set(EVENT_TYPES.filter((type) => type !== "pseudoshare"));
  const names = text.split(",");
  if (!names.every((name): name is EventType => (EVENT_TYPES as readonly string[]).includes(name))) return null;
  return new Set<EventType>([...names, "hello", "reset"]);
}

/** Null for what is no series. */
function parseSeries(text: string | null): ReadonlySet<string> | null {
  if (text === null) return new Set();
  const names = text.split(",");
  const isKnown = (name: string): boolean => {
    const [stream = "", view = ""] = name.split(":");
    return Object.hasOwn(STREAMS, stream) && Object.hasOwn(VIEWS, view);
  };
  return names.length <= MAX_SERIES && names.every(isKnown) ? new Set(names) : null;
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const retry = status === 429 ? { "Retry-After": "10" } : {};
  response.writeHead(status, { "Content-Type": "application/json", "Access-Control-Allow-Origin": "*", ...retry });
  response.end(JSON.stringify({ error: { code, message } }));
}
