import { equalBytes } from "./bytes.js";
import { CHECKSUM_BYTES, COMMAND_BYTES, FrameError, HEADER_REST_BYTES, readCommand } from "./frame.js";
import { hash256, Sha256 } from "./hash/index.js";

export interface Frame {
  /** A character a byte; may be anything. */
  readonly command: string;
  /** Null if it was discarded while it came in. May be a view into a chunk: copy what is kept. */
  readonly payload: Uint8Array | null;
  readonly length: number;
}

export interface FrameParserOptions {
  readonly prefix: Uint8Array;
  /** Decides about a payload before anything of it is read; what it throws ends the stream. */
  readonly admit: (command: string, length: number) => "collect" | "discard";
  /** Told of bytes that are discarded, as they come; what it throws ends the stream. */
  readonly discarded?: (bytes: number) => void;
}

/** A message of which some bytes have come. */
export interface PartialFrame {
  /** Null while its header is incomplete. */
  readonly command: string | null;
  readonly length: number;
  /** Bytes of the payload that are held. */
  readonly held: number;
}

/** Up to here a payload is hashed at once when it is complete; longer ones as their bytes come, so that no turn is long. */
const HASHED_AT_ONCE = 1_000_000;
const FIRST_CAPACITY = 4096;

interface Body {
  readonly command: string;
  readonly length: number;
  readonly checksum: Uint8Array;
  readonly isDiscarded: boolean;
  /** Grows with what has come, never by what the header claims: a claim costs the sender nothing. */
  buffer: Uint8Array;
  received: number;
  readonly hash: Sha256 | null;
}

/**
 * Cuts a stream into messages (spec/06 §4.2), stricter than the reference: the first error ends the stream, whatever is
 * still buffered. Nothing is searched for a prefix. The caller pushes chunks and takes frames while it has room for them.
 */
export class FrameParser {
  private readonly options: FrameParserOptions;
  private readonly header: Uint8Array;
  private headerLength = 0;
  private isAdmitted: "collect" | "discard" | null = null;
  private body: Body | null = null;
  private chunks: Uint8Array[] = [];
  private offset = 0;
  private frames = 0;
  private isClosed = false;

  constructor(options: FrameParserOptions) {
    this.options = options;
    this.header = new Uint8Array(options.prefix.length + HEADER_REST_BYTES);
  }

  push(chunk: Uint8Array): void {
    if (!this.isClosed && chunk.length > 0) this.chunks.push(chunk);
  }

  /** The message that is incomplete; null between messages. */
  get partial(): PartialFrame | null {
    const { body } = this;
    if (body !== null) {
      return { command: body.command, length: body.length, held: body.isDiscarded ? 0 : body.received };
    }
    return this.headerLength > 0 ? { command: null, length: 0, held: 0 } : null;
  }

  /** Nothing that is buffered or comes later is read any more. */
  close(): void {
    this.isClosed = true;
    this.chunks = [];
    this.body = null;
  }

  /** The next complete message; null if more bytes are needed. @throws FrameError or what a callback throws, after which the parser is closed */
  next(): Frame | null {
    try {
      while (!this.isClosed) {
        if (this.body === null && !this.readHeader()) return null;
        const frame = this.readBody();
        if (frame !== null) return frame;
        if (this.chunks.length === 0) return null;
      }
      return null;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** True once the header is complete. */
  private readHeader(): boolean {
    const { header, options } = this;
    const { prefix } = options;
    const lengthEnd = header.length - CHECKSUM_BYTES;
    while (this.headerLength < header.length) {
      const piece = this.take(header.length - this.headerLength);
      if (piece === null) return false;
      header.set(piece, this.headerLength);
      const before = this.headerLength;
      this.headerLength += piece.length;
      for (let i = before; i < Math.min(this.headerLength, prefix.length); i++) {
        if (header[i] !== prefix[i]) throw this.notAPrefix();
      }
      if (this.isAdmitted === null && this.headerLength >= lengthEnd) {
        this.isAdmitted = options.admit(this.headerCommand(), this.payloadLength());
      }
    }
    const length = this.payloadLength();
    const isDiscarded = this.isAdmitted === "discard";
    this.body = {
      command: this.headerCommand(),
      length,
      checksum: header.slice(lengthEnd),
      isDiscarded,
      buffer: new Uint8Array(0),
      received: 0,
      hash: isDiscarded || length > HASHED_AT_ONCE ? Sha256.create() : null,
    };
    return true;
  }

  private headerCommand(): string {
    const start = this.options.prefix.length;
    return readCommand(this.header.subarray(start, start + COMMAND_BYTES));
  }

  private payloadLength(): number {
    return new DataView(this.header.buffer).getUint32(this.options.prefix.length + COMMAND_BYTES, true);
  }

  private notAPrefix(): FrameError {
    return this.frames === 0
      ? new FrameError("does not begin with this network's prefix", { code: "FRAME_FOREIGN_PREFIX" })
      : new FrameError("bytes between messages", { code: "FRAME_GARBAGE" });
  }

  private readBody(): Frame | null {
    const body = this.body!;
    const missing = body.length - body.received;
    const piece = missing === 0 ? null : this.take(missing);
    if (missing > 0 && piece === null) return null;
    if (piece !== null) {
      body.received += piece.length;
      body.hash?.update(piece);
      if (body.isDiscarded) this.options.discarded?.(piece.length);
      else if (piece.length === body.length) body.buffer = piece;
      else append(body, piece);
      if (body.received < body.length) return null;
    }
    const payload = body.buffer.subarray(0, body.isDiscarded ? 0 : body.length);
    const hash = body.hash === null ? hash256(payload) : body.hash.doubleDigest();
    if (!equalBytes(hash.subarray(0, CHECKSUM_BYTES), body.checksum)) {
      throw new FrameError("checksum does not fit the payload", { code: "FRAME_CHECKSUM" });
    }
    this.body = null;
    this.headerLength = 0;
    this.isAdmitted = null;
    this.frames++;
    return { command: body.command, payload: body.isDiscarded ? null : payload, length: body.length };
  }

  /** Up to `maximum` bytes of the oldest chunk; null if there is none. */
  private take(maximum: number): Uint8Array | null {
    const chunk = this.chunks[0];
    if (chunk === undefined) return null;
    const piece = chunk.subarray(this.offset, this.offset + maximum);
    this.offset += piece.length;
    if (this.offset === chunk.length) {
      this.chunks.shift();
      this.offset = 0;
    }
    return piece;
  }
}

/** Copies: to hold every chunk would cost a buffer object for each, and a sender may send single bytes. */
function append(body: Body, piece: Uint8Array): void {
  const start = body.received - piece.length;
  if (body.received > body.buffer.length) {
    const capacity = Math.min(body.length, Math.max(FIRST_CAPACITY, body.received, 2 * body.buffer.length));
    const bigger = new Uint8Array(capacity);
    bigger.set(body.buffer.subarray(0, start));
    body.buffer = bigger;
  }
  body.buffer.set(piece, start);
}
