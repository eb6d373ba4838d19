import type { z } from "zod";
import { ProtocolError, type RpcCallContext } from "./errors.js";
import type { MethodSpec } from "./method-table.js";
import { settleNumbers } from "./schema-types.js";

/** The result as its schema wants it. @throws ProtocolError naming the member that is not so */
export function checkResult(
  spec: Pick<MethodSpec, "amounts" | "result"> | undefined,
  result: unknown,
  context: RpcCallContext,
): unknown {
  if (spec === undefined) return settleNumbers(result);
  const checked = spec.result.safeParse(result);
  if (checked.success) return spec.amounts ? settleNumbers(checked.data) : checked.data;
  throw unexpected(checked.error, [], context);
}

/** Entries checked between two pauses: about half a millisecond. */
const STEP = 100;

/** The entries of a list as their schema wants them. @throws ProtocolError naming the member that is not so */
export function* checkedListInSteps<T>(
  schema: z.ZodType<T>,
  entries: readonly unknown[],
  where: { readonly path: string; readonly context: () => RpcCallContext },
): Generator<void, T[]> {
  const checkedEntries: T[] = [];
  for (const [index, entry] of entries.entries()) {
    const checked = schema.safeParse(entry);
    if (!checked.success) throw unexpected(checked.error, [where.path, index], where.context());
    checkedEntries.push(checked.data);
    if (index % STEP === STEP - 1) yield;
  }
  return checkedEntries;
}

function unexpected(error: z.ZodError, parents: readonly PropertyKey[], context: RpcCallContext): ProtocolError {
  const issue = error.issues[0];
  const path = ["result", ...parents, ...(issue?.path ?? [])].map(String).join(".");
  return new ProtocolError(`${path}: ${issue?.message ?? "unexpected"}`, { ...context, code: "RPC_PROTOCOL" });
}
