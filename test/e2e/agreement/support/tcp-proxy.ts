import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Clock } from "../../../../src/platform/clock.js";

/** A stretch of network between one node that dials and one that listens, which a test can cut, slow down and break. */
export class TcpProxy {
  /** Milliseconds that bytes take, each way, on the given clock. */
  lagMs = 0;
  /** Where connections go; changes when that node comes back at another port. */
  targetPort = 0;
  private readonly clock: Clock;
  private readonly server = createServer({ noDelay: true }, (socket) => this.accepted(socket));
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  constructor({ clock }: { readonly clock: Clock }) {
    this.clock = clock;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  /** Breaks what there is, and lets nothing through. */
  cut(): void {
    this.isCut = true;
    this.break();
  }

  heal(): void {
    this.isCut = false;
  }

  /** Resets all connections; new ones can be made. */
  break(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.break();
    await closed;
  }

  private accepted(inner: Socket): void {
    this.keep(inner);
    if (this.isCut) {
      inner.resetAndDestroy();
      return;
    }
    const outer = connect({ host: "127.0.0.1", port: this.targetPort, noDelay: true });
    this.keep(outer);
    this.pass(inner, outer);
    this.pass(outer, inner);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.sockets.delete(socket));
  }

  private pass(from: Socket, to: Socket): void {
    from.on("data", (chunk) => {
      const write = (): void => void (to.destroyed || to.write(chunk));
      // A lag that ends must not let bytes overtake others.
      if (this.lagMs > 0 || this.waiting.has(from)) this.later(from, write);
      else write();
    });
    from.once("close", () => to.resetAndDestroy());
  }

  /** What of a socket is on its way, in order, and when the last of it arrives. */
  private readonly waiting = new Map<Socket, { readonly actions: (() => void)[]; dueMs: number }>();

  private later(from: Socket, action: () => void): void {
    const nowMs = this.clock.monotonicMs();
    const line = this.waiting.get(from) ?? { actions: [], dueMs: 0 };
    this.waiting.set(from, line);
    line.actions.push(action);
    line.dueMs = Math.max(nowMs + this.lagMs, line.dueMs);
    // Of timers that are due together the later one may come first: each does what is next.
    this.clock.after(line.dueMs - nowMs, () => {
      line.actions.shift()!();
      if (line.actions.length === 0) this.waiting.delete(from);
    });
  }
}
