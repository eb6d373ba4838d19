import { P2PoolError } from "../../core/errors.js";

/**
 * The coin daemon's configuration file, read as the daemon reads it (spec/14 §9). Pure: the caller brings the text. Values
 * may be secrets, so no message repeats one.
 */
export type ConfFileErrorCode = "CONF_LINE" | "CONF_OTHER_CHAIN" | "CONF_TOO_LARGE" | "CONF_UNREADABLE" | "CONF_VALUE";

/** A file that the daemon would not take either, or that is for another chain. `place` is file and line. */
export class ConfFileError extends P2PoolError<{ code: ConfFileErrorCode; place: string }> {
  constructor(reason: string, code: ConfFileErrorCode, place: string, options?: ErrorOptions) {
    super(`${place}: ${reason}`, { code, place }, options);
  }
}

export interface ConfEntry {
  /** Null before the first section header. */
  readonly section: string | null;
  readonly name: string;
  /** "0" for a name that is negated. */
  readonly value: string;
  /** File and line, for messages. */
  readonly place: string;
}

export interface ConfText {
  readonly entries: readonly ConfEntry[];
  readonly warnings: readonly string[];
}

const SECTIONS = ["main", "test", "testnet4", "signet", "regtest"] as const;
export type ConfSection = (typeof SECTIONS)[number];

/** Options of which a test chain sees only those in its section. */
const ONLY_IN_SECTION: ReadonlySet<string> = new Set([
  "addnode",
  "bind",
  "connect",
  "port",
  "rpcbind",
  "rpcport",
  "wallet",
  "whitebind",
]);

/** @throws ConfFileError for what is no `name=value` */
export function parseConf(text: string, file: string): ConfText {
  const entries: ConfEntry[] = [];
  const warnings: string[] = [];
  let section: string | null = null;
  for (const [index, whole] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const place = `${file}:${index + 1}`;
    const mark = whole.indexOf("#");
    const line = (mark < 0 ? whole : whole.slice(0, mark)).trim();
    if (line === "") continue;
    const header = /^\[([^\]]*)\]$/.exec(line);
    if (header !== null) {
      section = header[1]!.trim();
      if (!isSection(section)) warnings.push(`${place}: no chain has this section's name`);
      continue;
    }
    const equals = line.indexOf("=");
    if (line.startsWith("-")) throw new ConfFileError("names are written without a dash here", "CONF_LINE", place);
    if (equals < 0) throw new ConfFileError("has no equals sign", "CONF_LINE", place);
    const entry = readEntry(line.slice(0, equals).trim(), line.slice(equals + 1).trim(), section, place);
    if (mark >= 0 && entry.name === "rpcpassword") {
      warnings.push(`${place}: # begins a comment, also in a password, which ends there; daemons refuse such a line`);
    }
    entries.push(entry);
  }
  return { entries, warnings };
}

function readEntry(name: string, value: string, current: string | null, place: string): ConfEntry {
  const dot = name.indexOf(".");
  const section = dot < 0 ? current : name.slice(0, dot);
  const plain = dot < 0 ? name : name.slice(dot + 1);
  if (!plain.startsWith("no") || plain.length < 4) return { section, name: plain, value, place };
  // `nolisten=1` is `listen=0`, and `nolisten=0` is `listen=1`.
  return { section, name: plain.slice(2), value: isOn(value) ? "0" : "1", place };
}

function isSection(name: string): name is ConfSection {
  return SECTIONS.some((section) => section === name);
}

/** As daemons read switches: an empty value is on, what is no number is 0. */
function isOn(value: string): boolean {
  return value === "" || Number.parseInt(value, 10) > 0;
}

/** What a file and its includes say to a daemon on one chain. */
export class ConfValues {
  private readonly entries: readonly ConfEntry[];
  private readonly section: ConfSection;

  /** @param entries in the order in which the daemon reads them, includes last */
  constructor(entries: readonly ConfEntry[], section: ConfSection) {
    this.entries = entries;
    this.section = section;
  }

  /** The section's first value, else the first global one. */
  get(name: string): ConfEntry | null {
    return this.all(name)[0] ?? null;
  }

  /** In the order of their weight. */
  all(name: string): readonly ConfEntry[] {
    const named = this.entries.filter((entry) => entry.name === name);
    const own = named.filter(({ section }) => section === this.section);
    const isHidden = this.section !== "main" && ONLY_IN_SECTION.has(name);
    return isHidden ? own : [...own, ...named.filter(({ section }) => section === null)];
  }

  /** Null if it is not there. */
  isOn(name: string): boolean | null {
    const entry = this.get(name);
    return entry === null ? null : isOn(entry.value);
  }

  /** A value is a number of a port. @throws ConfFileError */
  port(name: string): (ConfEntry & { readonly port: number }) | null {
    const entry = this.get(name);
    if (entry === null) return null;
    const port = /^\d{1,5}$/.test(entry.value) ? Number(entry.value) : 0;
    if (port < 1 || port > 65535) throw new ConfFileError(`${name} is no port`, "CONF_VALUE", entry.place);
    return { ...entry, port };
  }

  /** The chain that the file chooses, which it can do only before its first section; null for none. */
  chosenChain(): { readonly chain: ConfSection; readonly place: string } | null {
    for (const { section, name, value, place } of this.entries) {
      if (section !== null) continue;
      if (name === "chain" && isSection(value)) return { chain: value, place };
      const chain = name === "testnet" ? "test" : name;
      if (chain !== "main" && isSection(chain) && name !== "test" && isOn(value)) return { chain, place };
    }
    return null;
  }
}
