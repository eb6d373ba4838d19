/** Characters of a list that are parsed between two pauses: about half a millisecond. */
const PORTION = 131_072;
const SPACE = /\s/;

/**
 * What `JSON.parse` makes of a text, with pauses: a template of some megabytes is mostly one list of transactions, and of a
 * list of objects some are parsed at a time. A text in which no such list is found is parsed in one piece.
 * @throws SyntaxError, as `JSON.parse` does
 */
export function* jsonInSteps(text: string): Generator<void, unknown> {
  try {
    const cut = yield* cutLongList(text);
    if (cut !== null) return joined(cut);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  // Whatever is unusual: it is for this to say what the text is worth.
  return JSON.parse(text);
}

interface Cut {
  /** The text with `mark`, a number that is nowhere else in it, in place of the entries that were cut out. */
  readonly rest: string;
  readonly mark: number;
  readonly entries: readonly unknown[];
  /** Names of the members that lead to the list. */
  readonly path: readonly string[];
}

/** The first entries of the first long list of objects that only objects are around; null if there is none. */
function* cutLongList(text: string): Generator<void, Cut | null> {
  /** Of each object around: the name of the member that is being read. */
  const path: string[] = [];
  let name = "";
  let isName = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        if (isName) name = text.slice(at, end + 1);
        at = end;
        break;
      }
      case ":":
        isName = false;
        break;
      case ",":
        isName = true;
        break;
      case "{":
        path.push(name);
        isName = true;
        break;
      case "}":
        path.pop();
        isName = false;
        break;
      case "[": {
        const list = yield* readList(text, at);
        if (list.entries.length === 0) {
          at = list.end;
          break;
        }
        const [head, tail] = [text.slice(0, at + 1), text.slice(list.cutAt)];
        let mark = 1_000_000_007;
        while (head.includes(String(mark)) || tail.includes(String(mark))) mark++;
        const rest = `${head}${mark}${tail}`;
        // The outermost object has no name.
        const names = path.length === 0 ? [] : [...path.slice(1), name].map((quoted) => JSON.parse(quoted) as string);
        return { rest, mark, entries: list.entries, path: names };
      }
    }
  }
  return null;
}

/** Parses the entries of the list at `start` in portions; none of a list that is short, or not of objects alone. */
function* readList(
  text: string,
  start: number,
): Generator<void, { readonly entries: readonly unknown[]; readonly cutAt: number; readonly end: number }> {
  const entries: unknown[] = [];
  let depth = 0;
  let from = start + 1;
  let cutAt = from;
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') at = endOfString(text, at);
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      if (--depth < 0) return { entries, cutAt, end: at };
      if (depth > 0 || at - from < PORTION) continue;
      // What follows an entry is a comma and another one, or the list is read to its end with the rest.
      let next = at + 1;
      while (SPACE.test(text[next] ?? "")) next++;
      if (text[next] !== ",") continue;
      for (const entry of JSON.parse(`[${text.slice(from, at + 1)}]`) as unknown[]) entries.push(entry);
      cutAt = next;
      from = next + 1;
      yield;
    }
  }
  throw new SyntaxError("a list does not end");
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return end;
  }
  throw new SyntaxError("a text does not end");
}

function joined({ rest, mark, entries, path }: Cut): unknown {
  const value: unknown = JSON.parse(rest);
  let list = value;
  for (const name of path) {
    // Of two members of one name the last counts, which then was not cut.
    if (typeof list !== "object" || list === null || !Object.hasOwn(list, name))
      throw new SyntaxError("the list is lost");
    list = (list as Record<string, unknown>)[name];
  }
  if (!Array.isArray(list) || list[0] !== mark) throw new SyntaxError("the list is lost");
  const [, ...tail] = list.splice(0);
  // Not spread into a call: there may be too many.
  for (const entry of entries) list.push(entry);
  for (const entry of tail) list.push(entry);
  return value;
}
