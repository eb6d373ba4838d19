import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { answered, type FromServer, type ToServer, tell } from "./miner-servers.js";

// The least that any server of miners has to do: writes one line to every socket on command, and one short line for every line
// that comes in. With an argument above 0 it is spread over so many processes: the first one accepts and hands the sockets on in
// turn, as the miners' port does it, passes commands on, and has no other part in it.

const LF = 0x0a;
const REPLY = Buffer.from('{"id":100,"result":true,"error":null}\n');
const REPLY_TEXT = REPLY.toString("latin1");
/** Of all processes the same, so that they share one socket. */
const LISTEN = { port: 0, host: "127.0.0.1", backlog: 4096 };

// A bench that is interrupted leaves nothing behind.
process.on("disconnect", () => process.exit());
const processes = Number(process.argv[2] ?? 0);
if (cluster.isPrimary && processes > 0) await spread(processes);
else serve();

function serve(): void {
  const sockets = new Set<Socket>();
  let notify = Buffer.alloc(0);
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("data", (chunk: Buffer) => {
      let lines = 0;
      for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++;
      // In one write, as any server would do it.
      if (lines > 0) socket.write(lines === 1 ? REPLY : REPLY_TEXT.repeat(lines));
    });
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  process.on("message", (message: ToServer) => {
    if (message.kind === "fire") {
      if (notify.length !== message.bytes) notify = Buffer.from(`${"x".repeat(message.bytes - 1)}\n`);
      for (const socket of sockets) socket.write(notify);
    } else if (!answered(message)) tell({ kind: "counts", connections: sockets.size, accepted: 0 });
  });
  server.listen(LISTEN, () => {
    const address = server.address();
    if (address !== null && typeof address === "object") tell({ kind: "listening", port: address.port });
  });
}

async function spread(count: number): Promise<void> {
  const workers = Array.from({ length: count }, () => cluster.fork());
  const [first] = await Promise.all(workers.map(answerOf));
  process.on("message", (message: ToServer) => {
    if (message.kind === "fire") for (const worker of workers) worker.send(message);
    else if (message.kind === "counts") void sumOfCounts(workers);
    else throw new Error(`${message.kind} is asked of one process only`);
  });
  tell(first!);
}

async function sumOfCounts(workers: readonly Worker[]): Promise<void> {
  const answers = workers.map(answerOf);
  for (const worker of workers) worker.send({ kind: "counts" } satisfies ToServer);
  let connections = 0;
  for (const answer of await Promise.all(answers)) if (answer.kind === "counts") connections += answer.connections;
  tell({ kind: "counts", connections, accepted: 0 });
}

async function answerOf(worker: Worker): Promise<FromServer> {
  const [answer] = (await once(worker, "message")) as [FromServer];
  return answer;
}
