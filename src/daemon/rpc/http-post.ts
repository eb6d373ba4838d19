import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { TLSSocket } from "node:tls";
import type { Clock } from "../../platform/clock.js";
import type { RpcEndpoint } from "./endpoint.js";
import { ConnectionError, ProtocolError, type RpcCallContext, TimeoutError } from "./errors.js";
import type { HttpReply } from "./reply.js";

export interface PostOptions {
  readonly endpoint: RpcEndpoint;
  readonly path: string;
  readonly agent: Agent;
  readonly authorization: string | null;
  readonly body: Buffer;
  readonly connectTimeoutMs: number;
  readonly maxResponseBytes: number;
  readonly clock: Clock;
  /** Ends the exchange with its reason; the total time-out comes in by it too. */
  readonly signal: AbortSignal;
  readonly context: () => RpcCallContext;
  /** Called if the connection broke before the answer began and had been used before: nobody may have read the request. */
  readonly onStale: () => void;
}

/**
 * One POST, with its answer read into one buffer (spec/14 §2). The length is sent exactly, since some servers refuse
 * chunks; redirects are not followed.
 *
 * @throws ConnectionError, TimeoutError (connecting), ProtocolError (answer too large), the signal's reason
 */
export function post(options: PostOptions): Promise<HttpReply> {
  const { endpoint, path, body, signal, context, maxResponseBytes } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = endpoint.isSecure ? httpsRequest : httpRequest;
    const outgoing = request({
      ...endpoint.target,
      path,
      method: "POST",
      agent: options.agent,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "Content-Length": body.length,
        "User-Agent": "p2pool",
        ...(options.authorization === null ? {} : { Authorization: options.authorization }),
      },
    });
    let answered = false;
    let settled = false;
    const settle = (action: () => void): void => {
      if (settled) return;
      settled = true;
      signal.removeEventListener("abort", onAbort);
      action();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        reject(error);
        outgoing.destroy();
      });
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    limitConnecting(outgoing, options, fail);

    outgoing.on("error", (cause) => {
      if (!answered && outgoing.reusedSocket && !settled) options.onStale();
      fail(connectionError(cause, context()));
    });
    outgoing.on("response", (incoming) => {
      answered = true;
      readBody(incoming, maxResponseBytes, (problem, reply) => {
        if (reply !== null) return settle(() => resolve(reply));
        if (problem instanceof Error) return fail(connectionError(problem, context()));
        fail(
          new ProtocolError(`the answer is larger than ${maxResponseBytes} bytes`, {
            ...context(),
            code: "RPC_PROTOCOL",
            status: incoming.statusCode ?? 0,
          }),
        );
      });
    });
    outgoing.end(body);
  });
}

function limitConnecting(outgoing: ClientRequest, options: PostOptions, fail: (error: Error) => void): void {
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = options.clock.after(options.connectTimeoutMs, () => {
      const message = `no connection within ${options.connectTimeoutMs} ms`;
      fail(new TimeoutError(message, { ...options.context(), code: "RPC_TIMEOUT" }));
    });
    socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", () => timer.cancel());
    socket.once("close", () => timer.cancel());
  });
}

/** Either the whole answer, or an error, or neither: then it is too large. */
function readBody(
  incoming: IncomingMessage,
  limit: number,
  done: (problem: Error | null, reply: HttpReply | null) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  if (Number(incoming.headers["content-length"] ?? 0) > limit) {
    done(null, null);
    return;
  }
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > limit) done(null, null);
    else chunks.push(chunk);
  });
  incoming.on("error", (error) => done(error, null));
  incoming.on("end", () => {
    const { statusCode, statusMessage } = incoming;
    done(null, { status: statusCode ?? 0, statusText: statusMessage ?? "", body: Buffer.concat(chunks) });
  });
}

function connectionError(cause: Error, context: RpcCallContext): ConnectionError {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : null;
  const message =
    code === "ECONNREFUSED" || code === "ENOENT"
      ? `nobody listens at ${context.endpoint}; is the daemon running with server=1?`
      : `the connection failed: ${cause.message || code || cause.name}`;
  return new ConnectionError(message, { ...context, code: "RPC_CONNECTION" }, { cause });
}
