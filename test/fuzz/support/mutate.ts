import { concatBytes } from "../../../src/core/bytes.js";
import type { Random } from "../../../src/core/random.js";

const TELLING = [0, 1, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff];

/** A well-formed input with a few changes, or bytes of pure chance. */
export function mutated(seed: Uint8Array, random: Random): Uint8Array {
  if (below(random, 10) === 0) return chance(random, 4_096);
  let bytes: Uint8Array = seed.slice();
  for (let changes = 1 + below(random, 6); changes > 0; changes--) {
    const at = below(random, bytes.length + 1);
    switch (below(random, 6)) {
      case 0:
        if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << below(random, 8));
        break;
      case 1:
        bytes.fill(pick(random, TELLING), at, at + 1 + below(random, 8));
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 8)));
        break;
      case 4:
        bytes = concatBytes(bytes.subarray(0, at), chance(random, 16), bytes.subarray(at));
        break;
      default:
        bytes = concatBytes(bytes.subarray(0, at), bytes.subarray(below(random, at + 1)));
    }
  }
  return bytes;
}

/** JSON values that programs stumble over, as text. */
const TELLING_JSON = [
  ...["null", "true", "0", "-0", "-1", "1e308", "1e999", "-1e-400", "4294967296", "18446744073709551616", "0.1"],
  ...["9007199254740993", '""', "[]", "{}", '"__proto__"', '{"__proto__":{}}', '{"constructor":1}', '"\\u0000"'],
  ...['"\\ud800"', '"constructor"', '"0x10"', '"1e5"', '"NaN"', `"${"f".repeat(64)}"`, `"${"0".repeat(64)}"`],
  ...[`"${"9".repeat(400)}"`, "9".repeat(400), `${"[".repeat(500)}${"]".repeat(500)}`, '{"a":1,"a":2}'],
];

/** A JSON document with a few of its values replaced, dropped, doubled or moved; bytes are changed now and then besides. */
export function mutatedJson(seed: Uint8Array, random: Random): Uint8Array {
  let text = new TextDecoder().decode(seed);
  for (let changes = 1 + below(random, 3); changes > 0; changes--) {
    // Strings with what makes them keys, numbers and words, empty or flat lists and objects.
    const values = [
      ...text.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|-?\d[\d.eE+-]*|true|false|null|\[[^[\]{}]*\]|\{[^[\]{}]*\}/g),
    ];
    const value = values[below(random, values.length)];
    if (value === undefined) break;
    const [found] = value;
    const other = pick(random, values)![0];
    const isKey = found.endsWith(":");
    const replacement = pick(random, [
      pick(random, TELLING_JSON)!,
      pick(random, TELLING_JSON)!,
      isKey ? `${pick(random, TELLING_JSON)!}:` : other.replace(/\s*:$/, ""),
      isKey ? found : `[${found}]`,
      isKey ? found : `"${found.replace(/"/g, "")}"`,
      isKey ? found : found.slice(0, 1 + below(random, found.length)),
      isKey ? `${found}null,${found}` : found.replace(/./, String.fromCharCode(below(random, 0x3000))),
    ])!;
    text = text.slice(0, value.index) + replacement + text.slice(value.index + found.length);
  }
  const bytes = new TextEncoder().encode(text);
  return below(random, 5) === 0 ? mutated(bytes, random) : bytes;
}

export function below(random: Random, count: number): number {
  return Math.floor(random.uniform() * count);
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)]!;
}

export function chance(random: Random, most: number): Uint8Array {
  return Uint8Array.from({ length: below(random, most) }, () => below(random, 256));
}

/** Cuts an input into pieces as a network may. */
export function pieces(input: Uint8Array, random: Random): Uint8Array[] {
  const cut: Uint8Array[] = [];
  const most = pick(random, [1, 7, 64, 1_500, input.length + 1]);
  // A piece a byte only for the start of a long one.
  for (let at = 0; at < input.length; ) {
    const length = cut.length > 200 ? input.length : 1 + below(random, most);
    cut.push(input.subarray(at, at + length));
    at += length;
  }
  return cut;
}
