import { FrameError, type FrameErrorCode } from "../../core/frame.js";
import { type Frame, FrameParser as PlainFrameParser } from "../../core/frame-parser.js";
import { ProtocolError, type ProtocolErrorCode } from "../errors.js";
import type { Offence } from "../offences.js";

/** What a peer has done when its bytes are no messages. */
const OFFENCES: Readonly<Record<FrameErrorCode, readonly [ProtocolErrorCode, Offence]>> = {
  FRAME_FOREIGN_PREFIX: ["WIRE_FOREIGN_PREFIX", "foreign-prefix"],
  FRAME_GARBAGE: ["WIRE_GARBAGE", "garbage"],
  FRAME_CHECKSUM: ["WIRE_CHECKSUM", "checksum"],
};

/** Cuts what a peer sends into messages; whatever is wrong with it is an offence. */
export class FrameParser extends PlainFrameParser {
  /** The next complete message; null if more bytes are needed. @throws ProtocolError, after which the parser is closed */
  override next(): Frame | null {
    try {
      return super.next();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const [code, offence] = OFFENCES[error.code];
      throw new ProtocolError(error.message, code, offence, { cause: error });
    }
  }
}
