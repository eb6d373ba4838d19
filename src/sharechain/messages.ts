import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex, concatBytes, equalBytes, hexToBytes } from "../core/bytes.js";
import { CodecError, Reader } from "../core/codec.js";
import { hash256, hmacSha256, sha256 } from "../core/hash/index.js";

/**
 * Messages that a share carries under its proof of work (spec/20 §10): signed by one of two authors of P2Pool. They are
 * decoded and verified, because a share with one that is not is refused, and shown to people; nothing ever acts on them.
 * Anybody can copy a valid message into any share, so one says nothing about who made the share, or when.
 */
export interface ShareMessage {
  readonly type: number;
  /** What the type stands for; null if it is not known. */
  readonly kind: string | null;
  readonly flags: number;
  /** Seconds since 1970, as its author signed it. */
  readonly timestamp: number;
  /** Printable ASCII: safe to show. */
  readonly text: string;
}

/** Keys of the authors, of which either can also sign for the donation output (spec/20 §5.2). */
const AUTHOR_KEYS: readonly Uint8Array[] = [
  "03ffd03de44a6e11b9917f3a29f9443283d9871c9d743ef30d5eddcd37094b64d1",
  "02fe6578f8021a7d466787827b3f26437aef88279ef380af326f87ec362633293a",
].map(hexToBytes);

const ENVELOPE_VERSION = 1;
const INNER_VERSION = 1;
const NONCE_BYTES = 16;
const MAC_BYTES = 32;
const SHORTEST_ENVELOPE = 1 + NONCE_BYTES + MAC_BYTES + 4;
const FLAG_ANNOUNCEMENT = 1;
/** Messages that are read; more may be announced. */
const MAX_MESSAGES = 3;
const MAX_PAYLOAD_BYTES = 220;
const SIGNING_ID_BYTES = 20;

const KINDS: Readonly<Record<number, string>> = {
  1: "node status",
  2: "miner text",
  3: "announcement",
  4: "version signal",
  5: "merged status",
  16: "emergency",
  32: "transition signal",
};

/** Judges whether a signature is a key's; may remember what it said. */
export type SignatureCheck = (digest: Uint8Array, signature: Uint8Array, key: Uint8Array) => boolean;

/** The messages of an envelope; null unless every rule of spec/20 §10 holds, and then the share is invalid. */
export function openMessages(envelope: Uint8Array, check: SignatureCheck = isSignature): ShareMessage[] | null {
  if (envelope.length < SHORTEST_ENVELOPE || envelope[0] !== ENVELOPE_VERSION) return null;
  const nonce = envelope.subarray(1, 1 + NONCE_BYTES);
  const mac = envelope.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + MAC_BYTES);
  const ciphertext = envelope.subarray(1 + NONCE_BYTES + MAC_BYTES);
  for (const author of AUTHOR_KEYS) {
    // The key is public, so this hides nothing: it says under which author's name the envelope goes.
    const key = hmacSha256(author, nonce);
    if (!equalBytes(hmacSha256(key, ciphertext), mac)) continue;
    const signed = readMessages(decipher(ciphertext, key));
    const isValid = signed.length > 0 && signed.every(({ digest, signature }) => check(digest, signature, author));
    return isValid ? signed.map(({ message }) => message) : null;
  }
  return null;
}

function decipher(ciphertext: Uint8Array, key: Uint8Array): Uint8Array {
  const plain = ciphertext.slice();
  const counted = new Uint8Array(key.length + 4);
  counted.set(key);
  for (let start = 0; start < plain.length; start += 32) {
    new DataView(counted.buffer).setUint32(key.length, start / 32, true);
    const stream = sha256(counted);
    for (let i = 0; i < 32 && start + i < plain.length; i++) plain[start + i]! ^= stream[i]!;
  }
  return plain;
}

interface SignedMessage {
  readonly message: ShareMessage;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

/** Reading stops at the first message that is malformed, and those before it stay. What comes after the last is ignored. */
function readMessages(inner: Uint8Array): SignedMessage[] {
  const messages: SignedMessage[] = [];
  try {
    const reader = new Reader(inner);
    if (reader.u8() !== INNER_VERSION) return [];
    const flags = reader.u8();
    const count = Math.min(reader.u8(), MAX_MESSAGES);
    const announcement = reader.u8();
    if (flags & FLAG_ANNOUNCEMENT) reader.raw(announcement);
    while (messages.length < count) messages.push(readMessage(reader));
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  return messages;
}

/** @throws CodecError */
function readMessage(reader: Reader): SignedMessage {
  const start = reader.offset;
  const type = reader.u8();
  const flags = reader.u8();
  const timestamp = reader.u32();
  const head = reader.bytes.subarray(start, reader.offset);
  const length = reader.u16();
  if (length > MAX_PAYLOAD_BYTES) throw new CodecError(`payload of ${length} bytes`, "CODEC_VALUE_RANGE");
  const payload = reader.raw(length);
  reader.raw(SIGNING_ID_BYTES);
  const signature = reader.raw(reader.u8());
  return {
    message: { type, kind: KINDS[type] ?? null, flags, timestamp, text: printable(payload) },
    digest: hash256(concatBytes(head, payload)),
    signature,
  };
}

function printable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : "?")).join("");
}

/** ECDSA over secp256k1. High S is as good as low S: the one message that was ever published has it (spec/20 §10). */
function isSignature(digest: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  const compact = compactSignature(signature);
  return compact !== null && secp256k1.verify(compact, digest, key, { prehash: false, lowS: false, format: "compact" });
}

/** r and s, 32 bytes each, of a signature in DER; null for any other bytes. */
function compactSignature(der: Uint8Array): Uint8Array | null {
  if (der.length < 8 || der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  const r = derInteger(der, 2);
  if (r === null) return null;
  const s = derInteger(der, 4 + der[3]!);
  if (s === null || 4 + der[3]! + 2 + der[5 + der[3]!]! !== der.length) return null;
  const compact = new Uint8Array(64);
  compact.set(r, 32 - r.length);
  compact.set(s, 64 - s.length);
  return compact;
}

/** The magnitude of a positive integer of at most 256 bits in its shortest form. */
function derInteger(der: Uint8Array, at: number): Uint8Array | null {
  const length = der[at + 1];
  if (der[at] !== 0x02 || length === undefined || length < 1 || at + 2 + length > der.length) return null;
  const bytes = der.subarray(at + 2, at + 2 + length);
  if (bytes[0]! >= 0x80) return null;
  if (bytes[0] !== 0) return length <= 32 ? bytes : null;
  if (length > 1 && bytes[1]! < 0x80) return null;
  return length <= 33 ? bytes.subarray(1) : null;
}

/** Most verdicts on signatures that are remembered; at the bound all are forgotten. */
const MAX_REMEMBERED = 1000;

/** Verifying takes a millisecond, and one message may be copied into every share of a chain. */
export class RememberedSignatures {
  private readonly verdicts = new Map<string, boolean>();

  readonly check: SignatureCheck = (digest, signature, key) => {
    const name = bytesToHex(concatBytes(digest, key, signature));
    const known = this.verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = isSignature(digest, signature, key);
    if (this.verdicts.size >= MAX_REMEMBERED) this.verdicts.clear();
    this.verdicts.set(name, verdict);
    return verdict;
  };
}
