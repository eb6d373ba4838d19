import type { StratumReplyCode } from "../errors.js";

/** JSON text of an id, exactly as it is echoed (spec/11 §2): numbers of any size survive. `null` if there is none. */
export type IdText = string;

export interface StratumRequest {
  readonly id: IdText;
  readonly method: string;
  readonly params: readonly unknown[];
}

export type Incoming =
  | ({ readonly kind: "request" } & StratumRequest)
  /** An answer to something we sent; never answered itself. */
  | { readonly kind: "response"; readonly id: unknown; readonly result: unknown }
  /** No JSON object. `binary`: it holds control characters or broken UTF-8 (spec/11 §7 row 12). */
  | { readonly kind: "malformed"; readonly binary: boolean }
  /** An object that is no request; answered unless `silent` (rows 3 and 4). */
  | { readonly kind: "invalid"; readonly id: IdText; readonly silent: boolean };

/** Answered even without an id; everything else without one is obeyed silently (spec/11 §2). */
export const ALWAYS_ANSWERED: ReadonlySet<string> = new Set([
  "mining.subscribe",
  "mining.authorize",
  "mining.submit",
  "mining.configure",
]);

/** Reads one line. Never throws. `idBytes`: longest object or list that is echoed as an id. */
export function parseLine(line: string, { idBytes }: { idBytes: number }): Incoming {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "malformed", binary: hasBinary(line) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { kind: "malformed", binary: false };
  const message = value as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(message, "result") || Object.hasOwn(message, "error")) {
    return { kind: "response", id: message.id, result: message.result };
  }
  const id = idText(line, message, idBytes);
  const { method, params = [] } = message;
  if (typeof method !== "string") return { kind: "invalid", id, silent: !Object.hasOwn(message, "id") };
  if (!Array.isArray(params)) return { kind: "invalid", id, silent: id === "null" && !ALWAYS_ANSWERED.has(method) };
  return { kind: "request", id, method, params };
}

function hasBinary(line: string): boolean {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0xfffd) return true;
  }
  return false;
}

function idText(line: string, message: Readonly<Record<string, unknown>>, idBytes: number): IdText {
  const id = Object.hasOwn(message, "id") ? message.id : null;
  if (id === null || typeof id === "boolean") return String(id);
  if (typeof id === "string") return JSON.stringify(id);
  // JSON.parse rounds large numbers and loses the way others were written (1.0, 1e3); the text has what the miner sent.
  const text = topLevelText(line, "id");
  return typeof id === "object" && Buffer.byteLength(text) >= idBytes ? "null" : text;
}

/**
 * Text of a member's value in the text of an object, the last one of that name as JSON.parse takes it. The text must be
 * known to be valid JSON.
 */
function topLevelText(text: string, name: string): string {
  let found = "null";
  let depth = 0;
  let key: string | null = null;
  let valueStart = -1;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '"') {
      const end = stringEnd(text, i);
      if (depth === 1 && valueStart < 0) key = JSON.parse(text.slice(i, end + 1)) as string;
      i = end;
    } else if (character === "{" || character === "[") {
      depth++;
    } else if (character === ":" && depth === 1) {
      valueStart = i + 1;
    } else if (depth === 1 && (character === "," || character === "}")) {
      if (key === name) found = text.slice(valueStart, i).trim();
      valueStart = -1;
      if (character === "}") depth--;
    } else if (character === "}" || character === "]") {
      depth--;
    }
  }
  return found;
}

/** Index of the quote that ends the string which begins at `start`. */
function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i;
}

/** Members in the order id, result, error and nothing else (spec/11 §2). `result` is JSON text. */
export function resultLine(id: IdText, result: string): string {
  return `{"id":${id},"result":${result},"error":null}\n`;
}

export function errorLine(id: IdText, code: StratumReplyCode, text: string, result: "null" | "false" = "null"): string {
  return `{"id":${id},"result":${result},"error":[${code},${JSON.stringify(text)},null]}\n`;
}

/** `result` false and `reject-reason` keep clients happy that look only at one of them (spec/11 §4.6). */
export function submitRejectedLine(id: IdText, code: StratumReplyCode, text: string): string {
  const reason = JSON.stringify(text);
  return `{"id":${id},"result":false,"error":[${code},${reason},null],"reject-reason":${reason}}\n`;
}

/** `params` is JSON text. */
export function notificationLine(method: string, params: string): string {
  return `{"id":null,"method":"${method}","params":${params}}\n`;
}
