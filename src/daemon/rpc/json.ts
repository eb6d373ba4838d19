/**
 * JSON without loss of digits (spec/14 §7). Node 20 gives no access to the text of a number, so where amounts or integers
 * beyond 2^53 are expected this reads the text itself. Measured: 2.6 times the time of `JSON.parse`, 25 ms for 5.5 MB.
 */
export class JsonNumber {
  /** As the JSON text has it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  /** For logs and other code that knows only doubles. */
  toJSON(): number {
    return Number(this.text);
  }

  valueOf(): number {
    return Number(this.text);
  }
}

/**
 * What becomes of numbers. `exact`: integers beyond ±(2^53-1) become bigint, all others number. `text`: as `exact`, but
 * numbers with a fraction or an exponent stay `JsonNumber`. `lossless`: all are `JsonNumber`.
 */
export type JsonNumbers = "exact" | "lossless" | "text";

const LIMITS = {
  /** Arrays and objects inside each other; daemons use a handful. */
  depth: 512,
  /** Digits of an integer: a bigint of millions of digits takes seconds to make. */
  integerDigits: 1000,
} as const;

/** @throws SyntaxError, as `JSON.parse` does. */
export function parseJson(text: string, numbers: JsonNumbers): unknown {
  return new Parser(text, numbers).document();
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;

class Parser {
  private readonly text: string;
  private readonly numbers: JsonNumbers;
  private at = 0;

  constructor(text: string, numbers: JsonNumbers) {
    this.text = text;
    this.numbers = numbers;
  }

  document(): unknown {
    const value = this.value(0);
    this.skipSpace();
    if (this.at < this.text.length) throw this.unexpected();
    return value;
  }

  private value(depth: number): unknown {
    this.skipSpace();
    const code = this.text.charCodeAt(this.at);
    switch (code) {
      case QUOTE:
        return this.string();
      case 0x7b: // {
        return this.object(this.deeper(depth));
      case 0x5b: // [
        return this.array(this.deeper(depth));
      case 0x74: // t
        return this.word("true", true);
      case 0x66: // f
        return this.word("false", false);
      case 0x6e: // n
        return this.word("null", null);
      default:
        return this.number(code);
    }
  }

  private deeper(depth: number): number {
    if (depth >= LIMITS.depth) throw new SyntaxError(`JSON nested deeper than ${LIMITS.depth}`);
    return depth + 1;
  }

  private object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.at++;
    this.skipSpace();
    if (this.text[this.at] === "}") {
      this.at++;
      return object;
    }
    for (;;) {
      this.skipSpace();
      if (this.text.charCodeAt(this.at) !== QUOTE) throw this.unexpected();
      const key = this.string();
      this.skipSpace();
      if (this.text[this.at] !== ":") throw this.unexpected();
      this.at++;
      const value = this.value(depth);
      if (key === "__proto__") {
        // An assignment would set the prototype.
        Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
      } else object[key] = value;
      this.skipSpace();
      const mark = this.text[this.at];
      if (mark !== "," && mark !== "}") throw this.unexpected();
      this.at++;
      if (mark === "}") return object;
    }
  }

  private array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.at++;
    this.skipSpace();
    if (this.text[this.at] === "]") {
      this.at++;
      return array;
    }
    for (;;) {
      array.push(this.value(depth));
      this.skipSpace();
      const mark = this.text[this.at];
      if (mark !== "," && mark !== "]") throw this.unexpected();
      this.at++;
      if (mark === "]") return array;
    }
  }

  private string(): string {
    const { text } = this;
    const start = this.at + 1;
    let end = start;
    let escaped = false;
    for (; ; end++) {
      const code = text.charCodeAt(end);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        escaped = true;
        end++;
      } else if (!(code >= 0x20)) {
        // A control character, or the end of the text, where the code is NaN.
        this.at = end;
        throw this.unexpected();
      }
    }
    this.at = end + 1;
    // Escapes are rare: whoever knows them best reads them.
    return escaped ? (JSON.parse(text.slice(start - 1, end + 1)) as string) : text.slice(start, end);
  }

  private number(first: number): unknown {
    const { text } = this;
    const start = this.at;
    let at = start;
    if (first === MINUS) at++;
    const digits = at;
    at = this.digits(at);
    if (text.charCodeAt(digits) === ZERO && at > digits + 1) throw this.unexpected();
    let isInteger = true;
    if (text.charCodeAt(at) === POINT) {
      isInteger = false;
      at = this.digits(at + 1);
    }
    const mark = text[at];
    if (mark === "e" || mark === "E") {
      isInteger = false;
      const sign = text[at + 1];
      at = this.digits(sign === "+" || sign === "-" ? at + 2 : at + 1);
    }
    this.at = at;
    return this.makeNumber(text.slice(start, at), isInteger);
  }

  /** At least one digit. */
  private digits(start: number): number {
    let at = start;
    for (; ; at++) {
      const code = this.text.charCodeAt(at);
      if (!(code >= ZERO && code <= NINE)) break;
    }
    if (at > start) return at;
    this.at = at;
    throw this.unexpected();
  }

  private makeNumber(text: string, isInteger: boolean): unknown {
    if (this.numbers === "lossless" || (this.numbers === "text" && !isInteger)) return new JsonNumber(text);
    const number = Number(text);
    if (!isInteger || Number.isSafeInteger(number)) return number;
    if (text.length > LIMITS.integerDigits) throw new SyntaxError(`integer of ${text.length} digits in JSON`);
    return BigInt(text);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected();
    this.at += word.length;
    return value;
  }

  private skipSpace(): void {
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  private unexpected(): SyntaxError {
    return this.at >= this.text.length
      ? new SyntaxError("unexpected end of JSON")
      : new SyntaxError(`unexpected character at position ${this.at} of JSON`);
  }
}

/**
 * JSON text of a value, with bigint and `JsonNumber` as literals. Undefined members are left out, in arrays they are null.
 *
 * @param indent spaces per level; 0 for one line.
 * @throws RangeError for what JSON cannot hold: NaN and infinities, functions, symbols, cycles.
 */
export function stringifyJson(value: unknown, indent = 0): string {
  return write(value, "", { space: " ".repeat(indent), newline: indent === 0 ? "" : "\n", path: [] });
}

interface Writing {
  readonly space: string;
  readonly newline: string;
  /** Keys down to the value; for errors. */
  readonly path: string[];
}

function write(value: unknown, margin: string, writing: Writing): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "bigint":
      return value.toString();
    case "number":
      if (Number.isFinite(value)) return JSON.stringify(value);
      break;
    case "undefined":
      return "null";
    case "object":
      if (value === null) return "null";
      if (value instanceof JsonNumber) return value.text;
      if (writing.path.length < LIMITS.depth) return writeItems(value, margin, writing);
      break;
  }
  throw new RangeError(`${writing.path.slice(0, 8).join(".") || "the value"} cannot be written as JSON`);
}

function writeItems(value: object, margin: string, writing: Writing): string {
  const isArray = Array.isArray(value);
  const inner = margin + writing.space;
  const colon = writing.newline === "" ? ":" : ": ";
  const parts: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined && !isArray) continue;
    writing.path.push(key);
    const text = write(item, inner, writing);
    writing.path.pop();
    parts.push(`${inner}${isArray ? "" : `${JSON.stringify(key)}${colon}`}${text}`);
  }
  const [open, close] = isArray ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return open + close;
  return `${open}${writing.newline}${parts.join(`,${writing.newline}`)}${writing.newline}${margin}${close}`;
}
