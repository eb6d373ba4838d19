import type { DiscoveredDaemon } from "../../daemon/rpc/index.js";
import type { OptionRow, OptionTable } from "../options.js";
import { describeCredentials } from "./rpc-options.js";

export interface ConfigFacts {
  readonly table: OptionTable;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where each option was written that was given, by its key. */
  readonly origins: ReadonlyMap<string, string>;
  readonly network: string;
  /** In the order of preference. */
  readonly daemons: readonly DiscoveredDaemon[];
  readonly credentialsFrom: string | null;
  readonly payout: string;
  readonly folders: readonly (readonly [what: string, path: string])[];
  readonly ports: readonly (readonly [what: string, where: string])[];
}

/**
 * What the node would use and why (spec/13 §9): every option with where it comes from, what was found of the daemon, address,
 * folders and ports. Secrets are masked.
 */
export function describeConfig(facts: ConfigFacts): string[] {
  return [
    "Options:",
    ...columns(
      Object.entries(facts.table).flatMap(([key, row]) =>
        row.name === "help" || row.name === "check-config" || (row.isHidden === true && !facts.origins.has(key))
          ? []
          : [[`--${row.name}`, valueText(row, facts.values[key]), originOf(facts.origins.get(key))]],
      ),
    ),
    "",
    "What they come to:",
    ...columns([
      ["network", facts.network, ""],
      ...facts.daemons.flatMap((daemon, i) => describeDaemon(daemon, i, facts.credentialsFrom)),
      ["payout address", facts.payout, ""],
      ...facts.folders.map(([what, path]) => [what, path, ""]),
      ...facts.ports.map(([what, where]) => [what, where, ""]),
    ]),
    ...new Set(facts.daemons.flatMap(({ warnings }) => warnings.map((warning) => `warning: ${warning}`))),
  ];
}

function describeDaemon(daemon: DiscoveredDaemon, index: number, credentialsFrom: string | null): string[][] {
  const { host, rpcPort, scheme, auth, p2pPort } = daemon.origin;
  return [
    [
      index === 0 ? "coin daemon" : "if that one fails",
      daemon.url,
      `host: ${host}; port: ${rpcPort}; scheme: ${scheme}`,
    ],
    ["credentials", describeCredentials(daemon), credentialsFrom ?? auth],
    ["its P2P port", String(daemon.p2pPort), p2pPort],
  ];
}

function originOf(origin: string | undefined): string {
  return origin ?? "default";
}

/** As it would be written, without what nobody should read over a shoulder. */
function valueText(row: OptionRow, value: unknown): string {
  const isEmpty = value === null || value === undefined || (Array.isArray(value) && value.length === 0);
  if (isEmpty) return "-";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.map((one) => valueText(row, one)).join(" ");
  if (typeof value === "object") {
    const { host, port } = value as { readonly host: string; readonly port: number | null };
    return `${host.includes(":") ? `[${host}]` : host}:${port ?? "the network's"}`;
  }
  const text = String(value);
  if (row.secret !== true) return text.replace(/^([a-z]+:\/\/)[^/@\s]*@/i, "$1***@");
  // Of an address the secret is a user's password, or in the path.
  const parts = /^([a-z]+:\/\/)([^/@\s]*@)?([^/?#\s]+)(.*)$/i.exec(text);
  if (parts === null) return "***";
  const [, scheme, user, host, path] = parts;
  return `${scheme}${user === undefined ? "" : "***@"}${host}${path === "" || path === "/" ? path : "/***"}`;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (at: number): number => Math.min(60, Math.max(...rows.map((row) => row[at]!.length)));
  const [first, second] = [width(0), width(1)];
  return rows.map(([name, value, origin]) =>
    `  ${name!.padEnd(first)}  ${value!.padEnd(second)}${origin === "" ? "" : `  (${origin})`}`.trimEnd(),
  );
}
