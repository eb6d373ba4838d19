import type { Endpoint } from "../platform/transport.js";
import { addressGroup, canonicalAddress } from "./address.js";
import type { SavedAddress, SavedBook } from "./address-book.js";
import { LIMITS } from "./limits.js";
import type { SavedBan } from "./standing.js";

/** What is kept of other nodes from run to run: one value, written as a whole (spec/08 §6.1). Plain JSON. */
export interface SavedPeers {
  readonly version: 1;
  readonly book: SavedBook;
  readonly bans: readonly SavedBan[];
  readonly anchors: readonly Endpoint[];
}

export interface PeerStore {
  /** Null if there is nothing yet. What comes is checked here, not there. */
  load(): Promise<unknown>;
  save(peers: SavedPeers): Promise<void>;
}

/** Keeps nothing. */
export const NO_STORE: PeerStore = { load: async () => null, save: async () => {} };

/**
 * Reads what a store holds, or an `addrs` file of the reference; null if it is neither. Single entries that are broken are
 * left out.
 */
export function readSavedPeers(value: unknown): SavedPeers | null {
  if (Array.isArray(value)) return { version: 1, book: readReferenceFile(value), bans: [], anchors: [] };
  if (!isRecord(value) || value.version !== 1 || !isRecord(value.book)) return null;
  const { key, addresses } = value.book;
  return {
    version: 1,
    book: { key: typeof key === "string" ? key : "", addresses: listOf(addresses, isSavedAddress) },
    bans: listOf(value.bans, isSavedBan),
    anchors: listOf(value.anchors, isEndpoint),
  };
}

function listOf<T>(value: unknown, isItem: (item: unknown) => item is T): T[] {
  return Array.isArray(value) ? value.slice(0, LIMITS.addressesRemembered).filter(isItem) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65_535;
}

function isHost(value: unknown): value is string {
  return typeof value === "string" && canonicalAddress(value) === value;
}

function isEndpoint(value: unknown): value is Endpoint {
  return isRecord(value) && isHost(value.host) && isPort(value.port);
}

function isSavedAddress(value: unknown): value is SavedAddress {
  if (!Array.isArray(value) || value.length !== 8) return false;
  const [host, port, table, source, ...times] = value as unknown[];
  const isTable = table === "new" || table === "tried";
  return isHost(host) && isPort(port) && isTable && typeof source === "string" && times.every(Number.isFinite);
}

function isSavedBan(value: unknown): value is SavedBan {
  return (
    isRecord(value) &&
    typeof value.address === "string" &&
    Number.isFinite(value.until) &&
    Array.isArray(value.bans) &&
    value.bans.every(Number.isFinite)
  );
}

/** `[[HOST, PORT], [SERVICES, FIRST_SEEN, LAST_SEEN]]` for each address (spec/08 §6.3): heard of, not tried by us. */
function readReferenceFile(pairs: readonly unknown[]): SavedBook {
  const addresses: SavedAddress[] = [];
  for (const pair of pairs.slice(0, LIMITS.addressesRemembered)) {
    if (!Array.isArray(pair) || !Array.isArray(pair[0]) || !Array.isArray(pair[1])) continue;
    const [name, port] = pair[0] as unknown[];
    const seen: unknown = pair[1][2];
    const host = typeof name === "string" ? canonicalAddress(name) : null;
    if (host === null || !isPort(port) || typeof seen !== "number" || !Number.isFinite(seen)) continue;
    addresses.push([host, port, "new", addressGroup(host), seen, seen, 0, 0]);
  }
  return { key: "", addresses };
}
