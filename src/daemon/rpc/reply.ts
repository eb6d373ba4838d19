import {
  AuthError,
  BusyError,
  createRpcError,
  ForbiddenError,
  HttpError,
  ProtocolError,
  type RpcCallContext,
} from "./errors.js";

/** One HTTP answer, read to its end. */
export interface HttpReply {
  readonly status: number;
  readonly statusText: string;
  readonly body: Buffer;
}

const SNIPPET_LENGTH = 500;

/**
 * The result in an answer, or the error that it stands for (spec/14 §5). A body that is a JSON-RPC reply counts whatever the
 * HTTP status: daemons send errors with 200, 400, 404 and 500. Only otherwise the status decides.
 *
 * @throws RpcError, HttpError, AuthError, ForbiddenError, BusyError, ProtocolError
 */
export function interpretReply(reply: HttpReply, id: number, context: RpcCallContext): unknown {
  const parsed = parseObject(reply.body);
  if (parsed === null || !("result" in parsed || "error" in parsed)) throw statusError(reply, context);
  const { result, error } = parsed;
  const failed = error !== undefined && error !== null;
  // A daemon that could not read the request does not know its id.
  const idUnknown = parsed.id === undefined || parsed.id === null;
  if (parsed.id !== id && !(failed && idUnknown)) {
    throw new ProtocolError("the reply has another id than the request", { ...context, code: "RPC_PROTOCOL" });
  }
  if (failed) throw createRpcError(readError(error), reply.status, context);
  // Both members null is a success: that is what an accepted block gives.
  return result ?? null;
}

function parseObject(body: Buffer): Record<string, unknown> | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    // Not JSON is no error yet: the HTTP status says what it means.
    return null;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/** Very old daemons send a bare text, some coins no code (spec/14 §5). */
function readError(error: unknown): { code: number; message: string; data?: unknown } {
  if (typeof error !== "object" || error === null) return { code: 0, message: String(error) };
  const { code, message, data } = error as Record<string, unknown>;
  return {
    code: typeof code === "number" ? code : 0,
    message: typeof message === "string" ? message : JSON.stringify(error),
    ...(data === undefined ? {} : { data }),
  };
}

function statusError({ status, statusText, body }: HttpReply, context: RpcCallContext): Error {
  const text = body.toString("utf8").trim();
  const http = { ...context, status, bodySnippet: text.slice(0, SNIPPET_LENGTH) };
  const about = `HTTP ${status}${statusText === "" ? "" : ` ${statusText}`}`;
  if (status >= 200 && status < 300) {
    return new ProtocolError(`the answer is no JSON-RPC reply (${about})`, { ...http, code: "RPC_PROTOCOL" });
  }
  if (status === 401) {
    return new AuthError("the daemon refuses the user name or password", { ...http, code: "RPC_AUTH" });
  }
  if (status === 403) {
    return new ForbiddenError("the daemon does not allow our address or this method", {
      ...http,
      code: "RPC_FORBIDDEN",
    });
  }
  if (status === 503 || /work queue depth exceeded/i.test(text)) {
    return new BusyError(text === "" ? "the daemon is busy or shutting down" : text.slice(0, SNIPPET_LENGTH), {
      ...http,
      code: "RPC_BUSY",
    });
  }
  return new HttpError(about, { ...http, code: "RPC_HTTP" });
}
