import type { DaemonFacts } from "../../bitcoin/coin.js";
import { type ConfEntry, ConfFileError, type ConfText, ConfValues, parseConf } from "./conf-file.js";
import { type Machine, pathTools } from "./data-directory.js";

/** 1 MB of text, and as many included files as anybody could want. */
const LIMITS = { fileLength: 1024 * 1024, includes: 50 } as const;

export interface ReadConf {
  readonly values: ConfValues;
  readonly warnings: readonly string[];
}

/**
 * A configuration file with what it includes, one level deep (spec/14 §9).
 *
 * @param dataDirectory where the daemon keeps its data if the file does not say.
 * @throws ConfFileError; what reading throws
 */
export async function readConf(
  file: string,
  text: string,
  dataDirectory: string,
  { chain }: DaemonFacts,
  { platform, readFile }: Pick<Machine, "platform" | "readFile">,
): Promise<ReadConf> {
  const { isAbsolute, join } = pathTools(platform);
  const main = parse(text, file);
  const own = new ConfValues(main.entries, chain);
  const entries: ConfEntry[] = [...main.entries];
  const warnings: string[] = [...main.warnings];
  const base = own.get("datadir")?.value ?? dataDirectory;
  const includes = own.all("includeconf");
  for (const { value, place } of includes.slice(0, LIMITS.includes)) {
    const path = isAbsolute(value) ? value : join(base, value);
    const included = await readFile(path);
    if (included === null) throw new ConfFileError(`includes ${path}, which is missing`, "CONF_UNREADABLE", place);
    const part = parse(included, path);
    entries.push(...part.entries);
    warnings.push(...part.warnings);
    const nested = part.entries.find(({ name }) => name === "includeconf");
    if (nested !== undefined) warnings.push(`${nested.place}: an included file cannot include others`);
  }
  const values = new ConfValues(entries, chain);
  const chosen = values.chosenChain();
  if (chosen !== null && chosen.chain !== chain) {
    throw new ConfFileError(
      `the file is for the chain ${chosen.chain}, but this network needs ${chain}`,
      "CONF_OTHER_CHAIN",
      chosen.place,
    );
  }
  return { values, warnings: [...warnings, ...repetitions(values)] };
}

/** The daemon takes the first of repeated values; older tools, and people, expect the last (spec/07 §2.2). */
function repetitions(values: ConfValues): string[] {
  return ["rpcuser", "rpcpassword", "rpcport", "port"].flatMap((name) => {
    const given = values.all(name);
    const [first] = given;
    const ofSameLevel = given.filter(({ section }) => section === first?.section);
    const isAmbiguous = ofSameLevel.some(({ value }) => value !== first?.value);
    return first !== undefined && isAmbiguous
      ? [`${first.place}: ${name} is given again below; the first one counts`]
      : [];
  });
}

function parse(text: string, file: string): ConfText {
  if (text.length > LIMITS.fileLength) throw new ConfFileError("is larger than 1 MB", "CONF_TOO_LARGE", file);
  return parseConf(text, file);
}
