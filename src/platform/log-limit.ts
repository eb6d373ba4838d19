/** Lines of one kind in a minute; further ones are only counted (spec/08 §10.2). */
const LINES = 10;
const MINUTE_MS = 60_000;
/** Kinds told apart; when there are more, those of the past minute are forgotten, and then all. */
const KINDS = 1_000;
const KIND_LENGTH = 100;

interface Kind {
  sinceMs: number;
  lines: number;
  left: number;
}

/** Keeps what strangers can cause from filling a log: of each kind of line only so many a minute. */
export class LogLimit {
  private readonly kinds = new Map<string, Kind>();

  /**
   * Null if a line is left out; else how many of its kind were left out before it. Lines whose texts differ only in numbers
   * are of one kind.
   */
  take(text: string, nowMs: number): number | null {
    const name = text.slice(0, KIND_LENGTH).replaceAll(/[0-9a-f]{16,}|\d+/g, "#");
    const kind = this.kind(name, nowMs);
    if (nowMs - kind.sinceMs >= MINUTE_MS) {
      kind.sinceMs = nowMs;
      kind.lines = 0;
    }
    if (kind.lines >= LINES) {
      kind.left++;
      return null;
    }
    kind.lines++;
    const { left } = kind;
    kind.left = 0;
    return left;
  }

  private kind(name: string, nowMs: number): Kind {
    const known = this.kinds.get(name);
    if (known !== undefined) return known;
    if (this.kinds.size >= KINDS) {
      for (const [other, { sinceMs }] of this.kinds) if (nowMs - sinceMs >= MINUTE_MS) this.kinds.delete(other);
      if (this.kinds.size >= KINDS) this.kinds.clear();
    }
    const kind: Kind = { sinceMs: nowMs, lines: 0, left: 0 };
    this.kinds.set(name, kind);
    return kind;
  }
}
