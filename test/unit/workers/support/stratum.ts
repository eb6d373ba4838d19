import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { seededRandom } from "../../../../src/core/random.js";
import { createLogger } from "../../../../src/platform/log.js";
import { StratumServer, type StratumServerOptions } from "../../../../src/workers/stratum/server.js";
import { VirtualClock } from "./virtual-clock.js";
import { EXAMPLE, TestWorkSource } from "./work-source.js";

export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly result?: unknown;
  readonly error?: readonly [number, string, null] | null;
  readonly "reject-reason"?: string;
}

/** One end of a real socket that speaks in lines. */
export class LineClient {
  readonly socket: Socket;
  private readonly lines: string[] = [];
  private readonly waiting: ((line: string | null) => void)[] = [];
  private text = "";
  private isClosed = false;
  private lastId = 100;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      this.text += chunk;
      const lines = this.text.split("\n");
      this.text = lines.pop() ?? "";
      for (const line of lines) this.deliver(line);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
      for (const resolve of this.waiting.splice(0)) resolve(null);
    });
  }

  static async open(port: number): Promise<LineClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new LineClient(socket);
  }

  send(text: string | object | Buffer): void {
    const isRaw = typeof text === "string" || Buffer.isBuffer(text);
    this.socket.write(isRaw ? text : `${JSON.stringify(text)}\n`);
  }

  /** The next line; null when the connection is closed. */
  nextLine(): Promise<string | null> {
    const line = this.lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.isClosed) return Promise.resolve(null);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async next(): Promise<Message> {
    const line = await this.nextLine();
    if (line === null) throw new Error("the connection was closed");
    return JSON.parse(line) as Message;
  }

  /** The next message of a method, whatever comes before it. */
  async notification(method: string): Promise<Message> {
    for (;;) {
      const message = await this.next();
      if (message.method === method) return message;
    }
  }

  /** Asks and skips notifications until the answer comes. */
  async request(method: string, params: readonly unknown[] = []): Promise<Message> {
    const id = ++this.lastId;
    this.send({ id, method, params });
    for (;;) {
      const message = await this.next();
      if (message.id === id) return message;
    }
  }

  /** Sends a ping and returns what came before its answer: the proof that nothing else did. */
  async flush(): Promise<Message[]> {
    const before: Message[] = [];
    const id = ++this.lastId;
    this.send({ id, method: "mining.ping", params: [] });
    for (;;) {
      const message = await this.next();
      if (message.id === id) return before;
      before.push(message);
    }
  }

  async closed(): Promise<void> {
    while ((await this.nextLine()) !== null);
  }

  get unread(): number {
    return this.lines.length;
  }

  private deliver(line: string): void {
    const resolve = this.waiting.shift();
    if (resolve === undefined) this.lines.push(line);
    else resolve(line);
  }
}

export interface Login {
  readonly extranonce1: string;
  readonly difficulty: number;
  readonly jobId: string;
  readonly notify: readonly unknown[];
}

/** A Stratum server on a loopback socket, with virtual time and the example job. */
export class StratumFixture {
  readonly clock: VirtualClock;
  readonly source: TestWorkSource;
  readonly server: StratumServer;
  readonly port: number;
  private readonly listener: Server;
  private readonly clients: LineClient[] = [];

  private constructor(options: {
    clock: VirtualClock;
    source: TestWorkSource;
    server: StratumServer;
    listener: Server;
  }) {
    this.clock = options.clock;
    this.source = options.source;
    this.server = options.server;
    this.listener = options.listener;
    this.port = (options.listener.address() as AddressInfo).port;
  }

  static async start(
    options: Partial<StratumServerOptions> & { source?: TestWorkSource } = {},
  ): Promise<StratumFixture> {
    const clock = new VirtualClock({ startSeconds: EXAMPLE.time });
    const source = options.source ?? new TestWorkSource();
    const server = new StratumServer({
      workSource: source,
      clock,
      random: seededRandom(1),
      log: createLogger("silent"),
      ...options,
    });
    server.start();
    const listener = createServer({ allowHalfOpen: true }, (socket) => server.handle(socket));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return new StratumFixture({ clock, source, server, listener });
  }

  async client(): Promise<LineClient> {
    const client = await LineClient.open(this.port);
    this.clients.push(client);
    return client;
  }

  async logIn(client: LineClient, username = "1Addr"): Promise<Login> {
    const { result } = await client.request("mining.subscribe", ["test/1"]);
    const [, extranonce1] = result as [unknown, string];
    await client.request("mining.authorize", [username, "x"]);
    const difficulty = (await client.notification("mining.set_difficulty")).params![0] as number;
    const notify = (await client.notification("mining.notify")).params!;
    return { extranonce1, difficulty, jobId: notify[0] as string, notify };
  }

  /** Moves time on and lets what that set off reach the sockets. */
  async advance(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await turns();
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.socket.destroy();
    this.server.stop();
    this.listener.close();
    await once(this.listener, "close");
  }
}

/** A few turns of the event loop. */
export async function turns(count = 3): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
