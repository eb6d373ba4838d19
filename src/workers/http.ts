import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Limits } from "./limits.js";

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "OPTIONS"]);

/**
 * The HTTP side of the worker port (spec/11 §7 rows 25 to 29; spec/09 §9): refuses what is too large, too slow or unknown
 * before the application sees it. The server never listens itself; sockets are handed in with `emit("connection")`.
 */
export function createHttpSide(options: { limits: Limits; requestMs: number; application: RequestListener }): Server {
  const { application, limits, requestMs } = options;
  const server = createServer(
    {
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      keepAliveTimeout: requestMs,
      // How often the two above are enforced; the default of 30 s would double them.
      connectionsCheckingInterval: Math.min(1000, requestMs),
      maxHeaderSize: limits.httpHeaderBytes,
    },
    (request, response) => {
      const refusal = refusalOf(request, limits);
      if (refusal === null) application(request, response);
      else refuse(response, refusal);
    },
  );
  // One more than allowed, so that we see it: beyond this Node drops fields silently.
  server.maxHeadersCount = limits.httpHeaderCount + 1;
  // A server that never listened enforces no time-outs until it has heard this (measured, see DESIGN).
  server.emit("listening");
  return server;
}

function refusalOf(request: IncomingMessage, limits: Limits): { status: number; reason: string } | null {
  if (!METHODS.has(request.method ?? "")) return { status: 405, reason: "Method Not Allowed" };
  if (request.rawHeaders.length / 2 > limits.httpHeaderCount) {
    return { status: 431, reason: "Request Header Fields Too Large" };
  }
  const length = Number(request.headers["content-length"] ?? 0);
  if (length > limits.httpBodyBytes) return { status: 413, reason: "Content Too Large" };
  // A body of unknown length is never needed here: getwork bodies are one short document.
  if (request.headers["transfer-encoding"] !== undefined) return { status: 411, reason: "Length Required" };
  return null;
}

function refuse(response: ServerResponse, { status, reason }: { status: number; reason: string }): void {
  const headers: Record<string, string> = { "content-type": "text/plain", connection: "close" };
  if (status === 405) headers.allow = [...METHODS].join(", ");
  response.writeHead(status, headers);
  response.end(`${reason}\n`, () => response.socket?.destroySoon());
}
