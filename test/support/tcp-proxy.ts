import { connect, createServer, type Server, type Socket } from "node:net";

/** What becomes of the bytes between a node and its daemon; with `alter`, of the daemon's. */
export type ProxyMode =
  | { readonly kind: "pass" }
  /** Nobody is there: connections end at once, the present ones included. */
  | { readonly kind: "closed" }
  /** Connections stay, and nothing comes through. */
  | { readonly kind: "silent" }
  | { readonly kind: "alter"; readonly alter: (bytes: Buffer) => Buffer }
  /** What the daemon says comes so much later. */
  | { readonly kind: "slow"; readonly delayMs: number };

/** A wire between a node and its daemon that can go bad in every way that wires do. */
export class TcpProxy {
  private readonly server: Server;
  private readonly targetPort: number;
  private readonly sockets = new Set<Socket>();
  private readonly delayed = new Set<NodeJS.Timeout>();
  private current: ProxyMode = { kind: "pass" };

  private constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.server = createServer((socket) => this.accept(socket));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** For what comes from now on. */
  set mode(mode: ProxyMode) {
    this.current = mode;
    if (mode.kind === "closed") this.closeConnections();
  }

  closeConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const timer of this.delayed) clearTimeout(timer);
    this.closeConnections();
    await closed;
  }

  private accept(client: Socket): void {
    if (this.current.kind === "closed") {
      client.on("error", () => {});
      client.destroy();
      return;
    }
    const daemon = connect(this.targetPort, "127.0.0.1");
    this.join(client, daemon, (bytes) => this.toDaemon(daemon, bytes));
    this.join(daemon, client, (bytes) => this.toClient(client, bytes));
  }

  private join(from: Socket, to: Socket, pass: (bytes: Buffer) => void): void {
    this.sockets.add(from);
    from.on("data", pass);
    // Whatever goes wrong on one side ends the other.
    from.on("error", () => {});
    from.on("close", () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }

  private toDaemon(daemon: Socket, bytes: Buffer): void {
    if (this.current.kind !== "silent") daemon.write(bytes);
  }

  private toClient(client: Socket, bytes: Buffer): void {
    const mode = this.current;
    if (mode.kind === "silent") return;
    if (mode.kind === "alter") client.write(mode.alter(bytes));
    else if (mode.kind === "slow") this.later(mode.delayMs, () => client.write(bytes));
    else client.write(bytes);
  }

  private later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.delayed.delete(timer);
      action();
    }, delayMs);
    this.delayed.add(timer);
  }
}
