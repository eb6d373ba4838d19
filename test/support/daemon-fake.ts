import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";

export interface FakeRequest {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly incoming: IncomingMessage;
  /** The request as it came. */
  readonly body: string;
  /** Counts connections, from 1. */
  readonly connection: number;
}

export interface FakeReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where it listens; a free port of 127.0.0.1 by default. */
export interface FakePlace {
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly socketPath?: string;
}

export type FakeScript = (
  request: FakeRequest,
  response: ServerResponse,
) => FakeReply | null | Promise<FakeReply | null>;

/** A successful reply to a request. */
export function ok(request: FakeRequest, result: unknown): FakeReply {
  return { body: JSON.stringify({ result, error: null, id: request.id }) };
}

/** A reply with an error, as daemons before JSON-RPC 2.0 send it. */
export function refusal(request: FakeRequest, code: number, message: string, status = 500): FakeReply {
  return { status, body: JSON.stringify({ result: null, error: { code, message }, id: request.id }) };
}

/** A scripted daemon on a real port. A script that returns null has answered itself, or does not mean to. */
export class FakeDaemon {
  script: FakeScript;
  readonly requests: FakeRequest[] = [];
  connections = 0;

  private readonly server;
  private readonly place: FakePlace;
  private readonly sockets = new Map<Socket, number>();

  constructor(script: FakeScript, place: FakePlace = {}) {
    this.script = script;
    this.place = place;
    const listener = (incoming: IncomingMessage, response: ServerResponse): void =>
      void this.handle(incoming, response);
    this.server = place.tls === undefined ? createServer(listener) : createSecureServer(place.tls, listener);
    this.server.on(place.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      this.sockets.set(socket, ++this.connections);
      socket.on("close", () => this.sockets.delete(socket));
      // A client that goes away is part of the tests.
      socket.on("error", () => {});
    });
  }

  static async start(script: FakeScript, place: FakePlace = {}): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(script, place);
    await new Promise<void>((resolve) => {
      if (place.socketPath !== undefined) daemon.server.listen(place.socketPath, resolve);
      else daemon.server.listen(0, "127.0.0.1", resolve);
    });
    return daemon;
  }

  get url(): string {
    const address = this.server.address();
    if (this.place.socketPath !== undefined) return `unix:${this.place.socketPath}`;
    return `${this.place.tls === undefined ? "http" : "https"}://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  closeConnections(): void {
    for (const socket of this.sockets.keys()) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.closeConnections();
    await closed;
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of incoming.setEncoding("utf8")) body += chunk;
    const parsed: unknown = JSON.parse(body);
    // A batch is told by its body.
    const { id, method, params } = (
      Array.isArray(parsed) ? { id: 0, method: "batch", params: parsed } : parsed
    ) as Pick<FakeRequest, "id" | "method" | "params">;
    const request = { id, method, params, incoming, body, connection: this.sockets.get(incoming.socket) ?? 0 };
    this.requests.push(request);
    const reply = await this.script(request, response);
    if (reply === null) return;
    response.writeHead(reply.status ?? 200, { "Content-Type": "application/json", ...reply.headers });
    response.end(reply.body);
  }
}
