const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts a byte stream into lines (spec/11 §4.1). Lines end with LF or CRLF and are cut before they are decoded, so a character
 * split over two segments survives; what is not UTF-8 becomes U+FFFD. Holds at most one unfinished line plus what was pushed
 * since `next` last said "incomplete".
 */
export class LineSplitter {
  private readonly maximum: number;
  private buffer: Buffer = Buffer.alloc(0);
  private start = 0;
  private end = 0;
  /** Bytes from `start` known to hold no line feed. */
  private scanned = 0;

  /** `maximum`: bytes of a line without its end. */
  constructor({ maximum }: { maximum: number }) {
    this.maximum = maximum;
  }

  push(chunk: Uint8Array): void {
    if (this.start === this.end) {
      this.start = 0;
      this.end = 0;
    }
    const needed = this.end - this.start + chunk.length;
    if (this.end + chunk.length > this.buffer.length) {
      // Doubling, so that a line that arrives byte by byte costs linear time.
      const bigger = needed > this.buffer.length ? Buffer.allocUnsafe(Math.max(needed, 2 * this.buffer.length)) : null;
      const target = bigger ?? this.buffer;
      this.buffer.copy(target, 0, this.start, this.end);
      this.buffer = target;
      this.end -= this.start;
      this.start = 0;
    }
    this.buffer.set(chunk, this.end);
    this.end += chunk.length;
  }

  next(): { line: string } | "incomplete" | "too-long" {
    const unread = this.buffer.subarray(this.start, this.end);
    const found = unread.indexOf(LF, this.scanned);
    const length = found < 0 ? unread.length : found;
    // A line feed may still follow a carriage return, which is no part of the line.
    if (length > this.maximum + 1 || (length > this.maximum && unread[length - 1] !== CR)) return "too-long";
    if (found < 0) {
      this.scanned = unread.length;
      if (unread.length === 0) this.buffer = Buffer.alloc(0);
      return "incomplete";
    }
    this.scanned = 0;
    this.start += found + 1;
    const textEnd = found > 0 && unread[found - 1] === CR ? found - 1 : found;
    return { line: unread.toString("utf8", 0, textEnd) };
  }
}
