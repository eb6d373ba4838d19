import { ApiFailure, get } from "./api.js";
import { h, morph } from "./dom.js";
import { live } from "./live.js";
import type { EventOf, EventType, Info, Status } from "./types.js";

/** What every page knows. */
export interface Shared {
  readonly info: Info;
  status: Status | null;
}

/** Something asked of the node: its value, or why there is none. */
export interface Loaded<T> {
  value: T | null;
  error: string | null;
  /** Whether it was answered at least once, with a value or an error. */
  isAnswered: boolean;
}

/** Lists that follow the tip are asked for again this often at most, after a random part of the delay. */
const AGAIN_MS = 10_000;
const DELAY_MS = 2000;

/**
 * A page while it is shown: what it loads, what it listens to, and how it is drawn. Drawing makes the whole page anew and
 * changes what differs. After `stop` nothing of it is left.
 */
export class Screen {
  readonly shared: Shared;
  readonly parameter: string | null;
  private readonly root: HTMLElement;
  private readonly ends: (() => void)[] = [];
  private draw: (() => HTMLElement) | null = null;
  private frame: number | null = null;
  private isStopped = false;

  constructor(root: HTMLElement, shared: Shared, parameter: string | null) {
    this.root = root;
    this.shared = shared;
    this.parameter = parameter;
    this.on("status", () => this.update());
  }

  /** How the page looks now; drawn at once, and again on every update. */
  show(draw: () => HTMLElement): void {
    this.draw = draw;
    this.update();
  }

  update(): void {
    if (this.frame !== null || this.isStopped) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      if (this.draw !== null) morph(this.root, h("main", { id: "main", tabindex: -1 }, this.draw()));
    });
  }

  on<T extends EventType>(type: T, listener: (data: EventOf<T>) => void): void {
    this.ends.push(live.on(type, listener));
  }

  /** To be called when the page ends. */
  atEnd(action: () => void): void {
    this.ends.push(action);
  }

  /** Asks now; again when the node says that everything has to be loaded again. */
  load<T>(path: string, when: { onTip?: boolean } = {}): Loaded<T> {
    const loaded: Loaded<T> = { value: null, error: null, isAnswered: false };
    const ask = (): void => void this.ask(path, loaded);
    ask();
    // What happened before the stream began, or while it was away, is in no event.
    this.on("hello", ask);
    this.on("reset", ask);
    if (when.onTip === true) this.again(ask);
    return loaded;
  }

  async ask<T>(path: string, into: Loaded<T>): Promise<void> {
    try {
      into.value = await get<T>(path);
      into.error = null;
    } catch (error) {
      into.error = error instanceof Error ? error.message : String(error);
      if (error instanceof ApiFailure && error.status !== 0 && error.status !== 429) into.value = null;
    }
    into.isAnswered = true;
    this.update();
  }

  /** After a change of the tip, but not more often than the node should be asked. */
  private again(ask: () => void): void {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let askedAt = Date.now();
    this.on("tip", () => {
      if (timer !== null) return;
      const wait = Math.max(0, askedAt + AGAIN_MS - Date.now()) + Math.random() * DELAY_MS;
      timer = setTimeout(() => {
        timer = null;
        askedAt = Date.now();
        ask();
      }, wait);
    });
    this.atEnd(() => timer !== null && clearTimeout(timer));
  }

  stop(): void {
    this.isStopped = true;
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    for (const end of this.ends) end();
  }
}
