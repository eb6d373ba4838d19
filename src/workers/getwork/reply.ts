import type { IncomingMessage, ServerResponse } from "node:http";
import { P2PoolError } from "../../core/errors.js";
import type { IdText } from "../stratum/message.js";

/** JSON-RPC codes over HTTP (spec/11 §2); -12345: no work at the moment (spec/10 §7). */
export type GetworkErrorCode = -32700 | -32600 | -32601 | -32602 | -32099 | -12345;

export class GetworkError extends P2PoolError<{ code: "GETWORK_REFUSED"; reply: GetworkErrorCode }> {
  constructor(reply: GetworkErrorCode, message: string) {
    super(message, { code: "GETWORK_REFUSED", reply });
  }
}

/** Why a solution is not taken, in the words that miners look for (spec/11 §3.4). */
export type RejectReason = "stale-work" | "unknown-work" | "high-hash" | "duplicate" | "time-invalid" | "invalid-work";

export function errorReply(id: IdText, { data, message }: GetworkError): string {
  return `{"jsonrpc":"2.0","id":${id},"result":null,"error":{"code":${data.reply},"message":${JSON.stringify(message)},"data":null}}`;
}

/** `result` is JSON text. */
export function resultReply(id: IdText, result: string, rejected: RejectReason | null = null): string {
  const reason = rejected === null ? "" : `,"reject-reason":"${rejected}"`;
  return `{"jsonrpc":"2.0","id":${id},"result":${result},"error":null${reason}}`;
}

/** Status 200 even for errors, as miners expect of JSON-RPC. */
export function sendJson(response: ServerResponse, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

/** The body as text; null if the client went away before its end. Its announced length was checked before. */
export function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.once("close", () => resolve(null));
    request.once("error", () => resolve(null));
  });
}
