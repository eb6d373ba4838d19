import { asciiToBytes, bytesToHex, concatBytes, equalBytes, hexToBytes } from "../core/bytes.js";
import { OP_RETURN_PREFIXES } from "./op-return-prefixes.js";
import { pushBytes, readScript } from "./script.js";

/** Outputs that nobody can spend, and what is written in them (spec/15). */
const OP_RETURN = 0x6a;
const OP_PUSHDATA1 = 0x4c;
const OP_PUSHDATA2 = 0x4d;
const OP_16 = 0x60;
const OP_RESERVED = 0x50;
/** Script bytes that daemons relay by default (spec/15 §4). */
const POLICY_BYTES = 83;

export interface OpReturnPush {
  readonly opcode: number;
  readonly data: Uint8Array;
  /** Whether there is no shorter way to push it. */
  readonly minimal: boolean;
}

export type OpReturnSpecial = "core_dao" | "exsat" | "hathor" | "p2pool_ref" | "rootstock" | "witness_commitment";

export interface OpReturnProtocol {
  readonly name: string;
  readonly prefix: string;
  readonly url: string;
  /** Two bytes say little. */
  readonly confidence: "high" | "low" | "medium";
}

export interface OpReturn {
  /** Whether everything behind the opcode is whole pushes. */
  readonly wellFormed: boolean;
  readonly pushes: readonly OpReturnPush[];
  /** From the first thing that is no whole push on. */
  readonly trailing: Uint8Array;
  /** What is pushed, in one piece. */
  readonly payload: Uint8Array;
  /** Length of the script. */
  readonly size: number;
  readonly policy: { readonly within83: boolean; readonly singlePush: boolean };
  readonly special: OpReturnSpecial | null;
  readonly protocol: OpReturnProtocol | null;
  /** The payload where it is readable; control and direction characters as escapes. */
  readonly text: string | null;
}

/** Takes an output's script apart; null unless it begins with OP_RETURN. Never fails, takes linear time. */
export function decodeOpReturn(script: Uint8Array): OpReturn | null {
  if (script[0] !== OP_RETURN) return null;
  const { pushes, trailing } = readPushes(script.subarray(1));
  const payload = concatBytes(...pushes.map(({ data }) => data));
  const special = findSpecial(script, payload);
  const text = readableText(payload);
  return {
    wellFormed: trailing.length === 0,
    pushes,
    trailing,
    payload,
    size: script.length,
    policy: { within83: script.length <= POLICY_BYTES, singlePush: pushes.length === 1 && trailing.length === 0 },
    special,
    protocol: findProtocol(payload, special, text),
    text,
  };
}

/** An OP_RETURN script of pushes in their shortest form. @throws RangeError above the relay limit, unless allowed */
export function encodeOpReturn(data: readonly Uint8Array[], options: { allowNonStandard?: boolean } = {}): Uint8Array {
  const script = concatBytes(Uint8Array.of(OP_RETURN), ...data.map(pushBytes));
  if (script.length > POLICY_BYTES && options.allowNonStandard !== true) {
    throw new RangeError(`an OP_RETURN of ${script.length} bytes is more than the ${POLICY_BYTES} that daemons relay`);
  }
  return script;
}

function readPushes(bytes: Uint8Array): { pushes: OpReturnPush[]; trailing: Uint8Array } {
  const { operations, rest } = readScript(bytes);
  const pushes: OpReturnPush[] = [];
  let offset = 0;
  for (const { opcode, data } of operations) {
    // OP_RESERVED is no push, and its place among the small numbers means nothing.
    if (data === null || opcode === OP_RESERVED) return { pushes, trailing: bytes.subarray(offset) };
    pushes.push({ opcode, data, minimal: isMinimal(opcode, data) });
    offset += pushSize(opcode, data.length);
  }
  return { pushes, trailing: rest };
}

function pushSize(opcode: number, length: number): number {
  if (opcode > 0x4e) return 1;
  return 1 + (opcode < OP_PUSHDATA1 ? 0 : 2 ** (opcode - OP_PUSHDATA1)) + length;
}

function isMinimal(opcode: number, { length }: Uint8Array): boolean {
  if (opcode < OP_PUSHDATA1 || (opcode > 0x4e && opcode <= OP_16)) return true;
  if (opcode === OP_PUSHDATA1) return length >= OP_PUSHDATA1;
  return opcode === OP_PUSHDATA2 ? length > 0xff : length > 0xffff;
}

const WITNESS_COMMITMENT = hexToBytes("6a24aa21a9ed");
const SPECIAL_PAYLOADS: readonly (readonly [prefix: string, least: number, special: OpReturnSpecial])[] = [
  ["RSKBLOCK:", 41, "rootstock"],
  ["Hath", 36, "hathor"],
  ["CORE", 4, "core_dao"],
  ["EXSAT", 5, "exsat"],
];

function findSpecial(script: Uint8Array, payload: Uint8Array): OpReturnSpecial | null {
  if (script.length >= 38 && startsWith(script, WITNESS_COMMITMENT)) return "witness_commitment";
  if (script.length === 42 && script[1] === 0x28) return "p2pool_ref";
  for (const [prefix, least, special] of SPECIAL_PAYLOADS) {
    if (payload.length >= least && startsWith(payload, asciiToBytes(prefix))) return special;
  }
  return null;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && equalBytes(bytes.subarray(0, prefix.length), prefix);
}

/** The longest prefix that matches (spec/15 §5). */
function findProtocol(
  payload: Uint8Array,
  special: OpReturnSpecial | null,
  text: string | null,
): OpReturnProtocol | null {
  let best: (typeof OP_RETURN_PREFIXES)[number] | null = null;
  for (const candidate of OP_RETURN_PREFIXES) {
    const isLonger = candidate.prefix.length > (best?.prefix.length ?? 0);
    if (isLonger && startsWith(payload, candidate.prefix)) best = candidate;
  }
  if (best === null) return null;
  const { length } = best.prefix;
  const confidence = length >= 6 ? "high" : length >= 3 ? "medium" : "low";
  const continuesWord = text !== null && /^[a-z]/i.test(text.slice(length)) && /[a-z]$/i.test(best.label);
  if (confidence === "low" && (special !== null || continuesWord)) return null;
  return { name: best.protocol, prefix: best.label, url: best.url, confidence };
}

/** Direction overrides, zero-width characters and their like, which could make a text look like another. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\p{Co}]/u;

/** Null unless the bytes are UTF-8 of which at least four fifths can be printed (spec/15 §2 rule 4). */
function readableText(payload: Uint8Array): string | null {
  if (payload.length === 0) return null;
  let text: string;
  try {
    // The language's own strict UTF-8 decoder: browsers and Node have others, which are no part of it.
    text = decodeURIComponent(bytesToHex(payload).replace(/../g, "%$&"));
  } catch {
    return null;
  }
  const points = [...text];
  const printable = points.filter((point) => !INVISIBLE.test(point)).length;
  if (printable < 0.8 * points.length) return null;
  return points.map((point) => (INVISIBLE.test(point) ? `\\u{${point.codePointAt(0)!.toString(16)}}` : point)).join("");
}
