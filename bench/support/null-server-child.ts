import { createServer, type Socket } from "node:net";
import { answered, type ToServer, tell } from "./miner-servers.js";

// The least that any server of miners has to do: writes one line to every socket on command, and one short line for every line
// that comes in.

const LF = 0x0a;
const REPLY = Buffer.from('{"id":100,"result":true,"error":null}\n');
const REPLY_TEXT = REPLY.toString("latin1");
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

// A bench that is interrupted leaves nothing behind.
process.on("disconnect", () => process.exit());
process.on("message", (message: ToServer) => {
  if (message.kind === "fire") {
    if (notify.length !== message.bytes) notify = Buffer.from(`${"x".repeat(message.bytes - 1)}\n`);
    for (const socket of sockets) socket.write(notify);
  } else if (!answered(message)) tell({ kind: "counts", connections: sockets.size, accepted: 0 });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  const address = server.address();
  if (address !== null && typeof address === "object") tell({ kind: "listening", port: address.port });
});
