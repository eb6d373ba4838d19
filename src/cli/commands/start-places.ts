import { isPrivateIpv4, localAddresses } from "../../platform/local-addresses.js";
import { terminalQr } from "../qr/terminal.js";

export interface StartPlaces {
  /** Of the coin. */
  readonly symbol: string;
  readonly workerPort: number;
  /** Null without TLS. */
  readonly tlsPort: number | null;
  /** Of a web side on a port of its own; null on the miners' port. */
  readonly webUrl: string | null;
  /** That the miners' port is bound to. */
  readonly host: string;
  /** Addresses of this machine; those of the operating system by default. */
  readonly addresses?: readonly string[];
}

/** Where to point miners and browsers, with the command line to try it, and a QR code for the nearest telephone. */
export function describePlaces(places: StartPlaces): { readonly lines: string[]; readonly qr: readonly string[] } {
  const { symbol, workerPort, tlsPort, host } = places;
  const local = places.addresses ?? localAddresses();
  const isEverywhere = host === "0.0.0.0" || host === "::";
  // Miners are mostly in the same network as the node.
  const reachable = isEverywhere ? (local.find(isPrivateIpv4) ?? local[0] ?? "127.0.0.1") : bracketed(host);
  const minerUrl = `stratum+tcp://${reachable}:${workerPort}`;
  const webUrl = places.webUrl ?? `http://${reachable}:${workerPort}/`;
  const lines = [
    `miners: ${minerUrl}  user: ${symbol} address to be paid to, or any name  password: any`,
    `  on this machine: p2pool miner stratum+tcp://${isEverywhere ? "127.0.0.1" : bracketed(host)}:${workerPort}`,
    ...(tlsPort === null ? [] : [`over TLS: stratum+ssl://${reachable}:${tlsPort}`]),
    `dashboard: ${webUrl}`,
  ];
  const isForOthers = !/^http:\/\/(?:127\.|localhost|\[::1\])/.test(webUrl);
  return { lines, qr: isForOthers ? (terminalQr(webUrl) ?? []) : [] };
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
