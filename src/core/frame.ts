import { asciiToBytes, bytesToBinaryString } from "./bytes.js";
import { P2PoolError } from "./errors.js";
import { hash256 } from "./hash/index.js";

/**
 * Framing of P2Pool's own protocol and of the coins' (spec/06 §4.1, spec/07 §5.1): prefix, command, length, checksum,
 * payload. The prefix has 8 bytes, on coin networks 4.
 */
export const COMMAND_BYTES = 12;
const LENGTH_BYTES = 4;
export const CHECKSUM_BYTES = 4;
/** What a header has besides its prefix. */
export const HEADER_REST_BYTES = COMMAND_BYTES + LENGTH_BYTES + CHECKSUM_BYTES;
/** Largest payload in either direction. */
export const MAX_PAYLOAD_BYTES = 32_000_000;

/** Why a stream of bytes is not one of messages. */
export type FrameErrorCode =
  /** The first bytes are not this network's prefix. */
  | "FRAME_FOREIGN_PREFIX"
  /** Something stands between two messages. */
  | "FRAME_GARBAGE"
  | "FRAME_CHECKSUM";

export class FrameError extends P2PoolError<{ code: FrameErrorCode }> {}

/** `maximum`: of the payload, where a coin allows more. @throws RangeError */
export function encodeFrame(
  prefix: Uint8Array,
  command: string,
  payload: Uint8Array,
  maximum: number = MAX_PAYLOAD_BYTES,
): Uint8Array {
  if (command.length >= COMMAND_BYTES) throw new RangeError(`command ${command} is too long`);
  if (payload.length > maximum) throw new RangeError(`payload of ${payload.length} bytes is too long`);
  const frame = new Uint8Array(prefix.length + HEADER_REST_BYTES + payload.length);
  frame.set(prefix);
  frame.set(asciiToBytes(command), prefix.length);
  const lengthAt = prefix.length + COMMAND_BYTES;
  new DataView(frame.buffer).setUint32(lengthAt, payload.length, true);
  frame.set(hash256(payload).subarray(0, CHECKSUM_BYTES), lengthAt + LENGTH_BYTES);
  frame.set(payload, prefix.length + HEADER_REST_BYTES);
  return frame;
}

/** The 12 bytes of a command as text, a character a byte, without the zeros at its end; anything may come out. */
export function readCommand(field: Uint8Array): string {
  let length = field.length;
  while (length > 0 && field[length - 1] === 0) length--;
  return bytesToBinaryString(field.subarray(0, length));
}
