import { amountParam } from "./amounts.js";
import { JsonNumber, stringifyJson } from "./json.js";
import { methodSpec } from "./method-table.js";

/** By place, or by name; newer daemons take both, those by place as a list under the name `args` (spec/14 §4). */
export type RpcParams = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * 1.0 is understood by all daemons; 2.0 gives errors with status 200 and leaves out one of `error` and `result`
 * (spec/14 §4).
 */
export type JsonRpcVersion = "1.0" | "2.0";

/** The text of one request. @throws RangeError for a parameter that JSON cannot hold */
export function requestText(id: number, method: string, params: RpcParams, version: JsonRpcVersion): string {
  return stringifyJson({ jsonrpc: version, id, method, params: prepare(method, params) });
}

function prepare(method: string, params: RpcParams): RpcParams {
  const at = methodSpec(method)?.amountParam;
  if (!isList(params)) {
    if (at === undefined || !(at[1] in params)) return params;
    return { ...params, [at[1]]: asCoins(params[at[1]]) };
  }
  const given = trimmed(params);
  return at === undefined ? given : given.map((value, i) => (i === at[0] ? asCoins(value) : value));
}

export function isList(params: RpcParams): params is readonly unknown[] {
  return Array.isArray(params);
}

/** Undefined at the end means "not given", in the middle it is sent as null. */
function trimmed(params: readonly unknown[]): readonly unknown[] {
  let length = params.length;
  while (length > 0 && params[length - 1] === undefined) length--;
  return params.slice(0, length);
}

/** Satoshi, alone or as members of an object, become literals in coins. */
function asCoins(value: unknown): unknown {
  if (typeof value === "bigint") return amountParam(value);
  if (typeof value !== "object" || value === null || value instanceof JsonNumber) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asCoins(member)]));
}
