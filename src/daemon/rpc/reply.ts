import { inSlices } from "../../platform/slices.js";
import {
  AuthError,
  BusyError,
  createRpcError,
  ForbiddenError,
  HttpError,
  ProtocolError,
  type RpcCallContext,
  type RpcErrorData,
} from "./errors.js";
import { JsonNumber, type JsonNumbers, parseJson, stringifyJson } from "./json.js";
import { jsonInSteps } from "./json-steps.js";

/** One HTTP answer, read to its end. */
export interface HttpReply {
  readonly status: number;
  readonly statusText: string;
  readonly body: Buffer;
}

const SNIPPET_LENGTH = 500;

/** How numbers of an answer are read: as `JSON.parse` does, or without loss (spec/14 §7). */
export type ReplyNumbers = JsonNumbers | "double";

/**
 * The result in an answer, or the error that it stands for (spec/14 §5). A body that is a JSON-RPC reply counts whatever the
 * HTTP status: daemons send errors with 200, 400, 404 and 500. Only otherwise the status decides.
 *
 * @throws RpcError, HttpError, AuthError, ForbiddenError, BusyError, ProtocolError
 */
export function interpretReply(
  reply: HttpReply,
  id: number,
  context: RpcCallContext,
  numbers: ReplyNumbers = "double",
): unknown {
  return interpretParsed(parseBody(reply.body, numbers), reply, id, context);
}

/** A body of so many bytes is parsed in slices. */
const LONG_BODY = 262_144;

/** The same, a long body in slices: a template has megabytes, and miners wait. */
export function interpretLong(
  reply: HttpReply,
  id: number,
  context: RpcCallContext,
  numbers: ReplyNumbers,
): unknown | Promise<unknown> {
  // Amounts are read digit by digit, and are of short answers.
  if (reply.body.length < LONG_BODY || numbers !== "double") return interpretReply(reply, id, context, numbers);
  const parsed = inSlices(jsonInSteps(reply.body.toString("utf8"))).catch(() => undefined);
  return parsed.then((value) => interpretParsed(value, reply, id, context));
}

/** `parsed`: undefined if the body is no JSON. */
function interpretParsed(parsed: unknown, reply: HttpReply, id: number, context: RpcCallContext): unknown {
  if (!isReply(parsed)) throw statusError(reply, context);
  return resultOf(parsed, id, reply.status, context);
}

/** Answers of a batch by id; null if the daemon gave one answer for all, as those do that know no batches. */
export function interpretBatch(
  reply: HttpReply,
  context: RpcCallContext,
  numbers: ReplyNumbers,
): ReadonlyMap<number, readonly JsonReply[]> | null {
  const parsed = parseBody(reply.body, numbers);
  if (isReply(parsed)) return null;
  if (!Array.isArray(parsed)) throw statusError(reply, context);
  const byId = new Map<number, JsonReply[]>();
  for (const entry of parsed) {
    if (!isReply(entry)) throw new ProtocolError("an entry of the batch is no JSON-RPC reply", protocol(context));
    const id = plainNumber(entry.id);
    if (typeof id === "number") byId.set(id, [...(byId.get(id) ?? []), entry]);
  }
  return byId;
}

export interface JsonReply {
  readonly result?: unknown;
  readonly error?: unknown;
  readonly id?: unknown;
}

/** @throws RpcError, ProtocolError */
export function resultOf(reply: JsonReply, id: number, status: number, context: RpcCallContext): unknown {
  const { result, error } = reply;
  const failed = error !== undefined && error !== null;
  // A daemon that could not read the request does not know its id.
  const idUnknown = reply.id === undefined || reply.id === null;
  if (plainNumber(reply.id) !== id && !(failed && idUnknown)) {
    throw new ProtocolError("the reply has another id than the request", protocol(context));
  }
  if (failed) throw createRpcError(readError(error), status, context);
  // Both members null is a success: that is what an accepted block gives.
  return result ?? null;
}

function protocol(context: RpcCallContext): RpcErrorData {
  return { ...context, code: "RPC_PROTOCOL" };
}

/** Undefined for what is no JSON: that is no error yet, the HTTP status says what it means. */
function parseBody(body: Buffer, numbers: ReplyNumbers): unknown {
  const text = body.toString("utf8");
  try {
    return numbers === "double" ? JSON.parse(text) : parseJson(text, numbers);
  } catch {
    return undefined;
  }
}

function isReply(value: unknown): value is JsonReply {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return "result" in value || "error" in value;
}

function plainNumber(value: unknown): unknown {
  return value instanceof JsonNumber ? Number(value.text) : value;
}

/** Very old daemons send a bare text, some coins no code (spec/14 §5). */
function readError(error: unknown): { code: number; message: string; data?: unknown } {
  if (typeof error !== "object" || error === null) return { code: 0, message: String(error) };
  const { code, message, data } = error as Record<string, unknown>;
  const number = plainNumber(code);
  return {
    code: typeof number === "number" ? number : 0,
    message: typeof message === "string" ? message : describe(error),
    ...(data === undefined ? {} : { data }),
  };
}

/** A daemon may nest deeper than can be written, and a number such as 1e999 is read as infinite. */
function describe(error: object): string {
  try {
    return stringifyJson(error);
  } catch (failure) {
    if (failure instanceof RangeError) return "an error without a message";
    throw failure;
  }
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
