import { canonicalAddress } from "./address.js";

/** A host as an operator or a network's list writes it: name or address, and a port. */
export interface NamedEndpoint {
  readonly name: string;
  readonly port: number;
}

/** `host`, `host:port`, `[IPv6]`, `[IPv6]:port` or a bare IPv6 address; null if it is none of them. */
export function parseNamedEndpoint(text: string, defaultPort: number): NamedEndpoint | null {
  const match = /^\[([0-9a-f:.]+)\](?::(\d+))?$/i.exec(text) ?? /^([^:\s[\]]+)(?::(\d+))?$/.exec(text);
  if (match === null) return canonicalAddress(text) === null ? null : { name: text, port: defaultPort };
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  return port >= 1 && port <= 65_535 ? { name: match[1]!, port } : null;
}

/** Addresses of a name; an address is its own. @throws whatever the resolver throws */
export type Resolve = (name: string) => Promise<readonly string[]>;
