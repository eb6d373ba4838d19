import { bytesToHex, tryHexToBytes } from "../core/bytes.js";

/** A record of the reference's share log (spec/05 §1.2), with the number of its line, from 1. */
export type LogRecord =
  | { readonly kind: "share"; readonly line: number; readonly raw: Uint8Array }
  /** That share was verified by whoever wrote the log. */
  | { readonly kind: "verified"; readonly line: number; readonly id: string }
  | { readonly kind: "bad"; readonly line: number; readonly reason: string };

const SHARE = "5";
const VERIFIED = "2";
const OBSOLETE = ["0", "1"];

/** The record of one line; null for one that says nothing: obsolete types and empty lines. */
export function parseLogLine(text: string, line: number): LogRecord | null {
  const bad = (reason: string): LogRecord => ({ kind: "bad", line, reason });
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const fields = trimmed.split(" ");
  if (fields.length !== 2) return bad(`has ${fields.length} fields, not 2`);
  const [type = "", data = ""] = fields;
  if (OBSOLETE.includes(type)) return null;
  if (type === SHARE) {
    const raw = tryHexToBytes(data);
    return raw === null ? bad("share is not an even number of hex digits") : { kind: "share", line, raw };
  }
  // Written as a number: without leading zeros.
  if (type === VERIFIED) {
    return /^[0-9a-f]{1,64}$/.test(data)
      ? { kind: "verified", line, id: data.padStart(64, "0") }
      : bad("verified mark is no share hash");
  }
  return bad(`unknown record type ${JSON.stringify(type.slice(0, 20))}`);
}

export function shareLine(raw: Uint8Array): string {
  return `${SHARE} ${bytesToHex(raw)}`;
}

export function verifiedLine(id: string): string {
  return `${VERIFIED} ${id.replace(/^0+(?=.)/, "")}`;
}
