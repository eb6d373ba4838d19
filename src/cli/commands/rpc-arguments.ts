import { JsonNumber, parseJson, type RpcParams } from "../../daemon/rpc/index.js";
import { type OptionTable, quote, UsageError } from "../options.js";

/** No parameter of a daemon is a longer number; a hash may consist of digits only. */
const LONGEST_NUMBER = 20;

/**
 * Options end where the method's name is, since what follows may begin with a dash, as negative numbers do. `-named` is
 * taken as users of the daemons' own tool write it.
 */
export function separateArguments(args: readonly string[], table: OptionTable): readonly string[] {
  const rows = Object.values(table);
  const separated: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...separated, ...args.slice(i)];
    if (!arg.startsWith("-") || arg === "-") return [...separated, "--", ...args.slice(i)];
    separated.push(arg === "-named" ? "--named" : arg);
    const takesValue = rows.some(
      ({ name, short, value }) => value !== undefined && (arg === `--${name}` || arg === `-${short}`),
    );
    if (takesValue && i + 1 < args.length) separated.push(args[++i]!);
  }
  return separated;
}

/** What is written as JSON is JSON, with all its digits; everything else is a text. */
function readArgument(text: string): unknown {
  try {
    const value = parseJson(text, "lossless");
    return value instanceof JsonNumber && text.length > LONGEST_NUMBER ? text : value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (/^\s*[[{]/.test(text)) throw new UsageError(`${quote(text)} is not JSON: ${error.message}`);
    return text;
  }
}

/** @param isNamed each argument is `name=value` */
export function readArguments(args: readonly string[], isNamed: boolean): RpcParams {
  if (!isNamed) return args.map(readArgument);
  return Object.fromEntries(
    args.map((arg) => {
      const equals = arg.indexOf("=");
      if (equals < 1) throw new UsageError(`${quote(arg)} is not NAME=VALUE`);
      return [arg.slice(0, equals), readArgument(arg.slice(equals + 1))];
    }),
  );
}
