/**
 * JSON in which a bigint is the exact integer literal (spec/12 A.1): targets and sums of work are numbers in the classic
 * interface, and `JSON.stringify` cannot write them. What is no finite number is null, as is undefined in a list; undefined
 * members are left out.
 */
export function exactJson(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return value.toString();
    case "number":
      return Number.isFinite(value) ? String(value) : "null";
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : objectJson(value);
    default:
      return "null";
  }
}

function objectJson(value: object): string {
  if (Array.isArray(value)) return `[${value.map(exactJson).join(",")}]`;
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  const members: string[] = [];
  for (const [key, inner] of entries) {
    if (inner !== undefined) members.push(`${JSON.stringify(String(key))}:${exactJson(inner)}`);
  }
  return `{${members.join(",")}}`;
}

/** Satoshi as coins, the way the classic interface writes amounts. */
export function coins(satoshi: bigint): number {
  return Number(satoshi) / 1e8;
}
