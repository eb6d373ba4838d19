import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A call in a source file that prints something, or makes an error of it. */
export interface MessageCall {
  readonly file: string;
  /** Such as `log.warn` or `new UsageError`. */
  readonly callee: string;
  /** Its text arguments, with `…` for what is filled in; those that are made elsewhere are not seen. */
  readonly texts: readonly string[];
}

/** Calls of what `callees` matches, in all sources of a folder. */
export function messageCalls(folder: string, callees: RegExp): MessageCall[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .sort()
    .flatMap((file) => {
      const source = readFileSync(join(folder, file), "utf8");
      return [...source.matchAll(new RegExp(`(${callees.source})\\(`, "g"))].map((match) => ({
        file,
        callee: match[1]!,
        texts: argumentTexts(source, match.index + match[0].length),
      }));
    });
}

/** Texts among the arguments that begin at `at`, not those within objects, arrays and calls there. */
function argumentTexts(source: string, at: number): string[] {
  const texts: string[] = [];
  for (let i = at, depth = 0; i < source.length; i++) {
    const char = source[i]!;
    if (isQuote(char)) {
      const { text, end } = readText(source, i);
      if (depth === 0) texts.push(text);
      i = end;
    } else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char) && depth-- === 0) break;
  }
  return texts;
}

/** The text that begins with the quote at `at`, and where its other quote is. */
function readText(source: string, at: number): { readonly text: string; readonly end: number } {
  const quote = source[at];
  let text = "";
  for (let i = at + 1; i < source.length; i++) {
    const char = source[i]!;
    if (char === quote) return { text, end: i };
    if (char === "\\") text += source[++i];
    else if (quote === "`" && char === "$" && source[i + 1] === "{") {
      i = endOfHole(source, i + 2);
      text += "…";
    } else text += char;
  }
  throw new Error("a text without an end");
}

/** Where the brace is that closes what is filled into a text. */
function endOfHole(source: string, at: number): number {
  for (let i = at, depth = 0; i < source.length; i++) {
    const char = source[i]!;
    if (isQuote(char)) i = readText(source, i).end;
    else if (char === "{") depth++;
    else if (char === "}" && depth-- === 0) return i;
  }
  throw new Error("a hole without an end");
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'" || char === "`";
}
