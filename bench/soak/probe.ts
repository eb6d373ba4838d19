import { EventEmitter } from "node:events";
import { queryObjects, writeHeapSnapshot } from "node:v8";
import { isMainThread } from "node:worker_threads";

// Loaded into a node of the soak before its own code (`node --import`): answers what only the process itself can count, over the
// channel to its parent. It keeps the process alive no longer than it would live without it.

/** What a node counts in itself after a garbage collection. Sizes in bytes. */
export interface InnerCounts {
  readonly heap: number;
  /** Memory of buffers and of native objects outside the heap. */
  readonly external: number;
  /** Sockets, servers, timers and pending requests that keep the process alive. */
  readonly handles: number;
  /** Listeners of the process and of all open sockets and servers. */
  readonly listeners: number;
  /** Most listeners of one event of one of them. */
  readonly mostListeners: number;
}

/** Objects that are alive in it, of one kind. */
export type ObjectKind = "emitters" | "timers" | "promises";

export type ProbeRequest =
  | { readonly soak: "count"; readonly id: number; readonly objects: ObjectKind | null }
  | { readonly soak: "snapshot"; readonly id: number; readonly file: string };

export interface ProbeReply {
  readonly soak: number;
  readonly counts: InnerCounts | null;
  /** Of the kind that was asked for. */
  readonly objects: number | null;
}

/** Set for the node itself, not for the processes and threads that it starts. */
export const PROBE_VARIABLE = "SOAK_PROBE";

const timer = setTimeout(() => {}, 0);
clearTimeout(timer);
const CLASSES: Readonly<Record<ObjectKind, unknown>> = {
  emitters: EventEmitter,
  timers: timer.constructor,
  promises: Promise,
};

function count(): InnerCounts {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const open = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const emitters = [process, ...open].filter((one): one is EventEmitter => one instanceof EventEmitter);
  const listeners = emitters.flatMap((one) => one.eventNames().map((name) => one.listenerCount(name)));
  return {
    heap: heapUsed,
    external,
    handles: process.getActiveResourcesInfo().length,
    listeners: listeners.reduce((sum, some) => sum + some, 0),
    mostListeners: Math.max(...listeners),
  };
}

/** Takes about a third of a second. */
function countObjects(kind: ObjectKind): number {
  return queryObjects(CLASSES[kind] as new () => unknown) as unknown as number;
}

if (isMainThread && process.env[PROBE_VARIABLE] !== undefined && process.send !== undefined) {
  delete process.env[PROBE_VARIABLE];
  process.on("message", (request: ProbeRequest) => {
    if (request.soak === "snapshot") writeHeapSnapshot(request.file);
    const isCount = request.soak === "count";
    const reply: ProbeReply = {
      soak: request.id,
      counts: isCount ? count() : null,
      objects: isCount && request.objects !== null ? countObjects(request.objects) : null,
    };
    process.send!(reply);
  });
  // A soak that is interrupted leaves no node behind.
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
  (process as { channel?: { unref(): void } }).channel?.unref();
}
