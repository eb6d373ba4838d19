/** IP addresses as texts in one form each, and what they have to do with each other (spec/06 §9.6, §10; spec/09 §5.1). */

/** Whose a host can be. Private ones are only dialled and told on if an option says so. */
export type AddressKind = "loopback" | "private" | "public" | "unusable";

const MAPPED_PREFIX = "0000:0000:0000:0000:0000:ffff:";

/**
 * Dotted decimal, or eight groups of four lower-case hex digits; IPv4 in IPv6 form becomes IPv4. Null for anything else,
 * names included.
 */
export function canonicalAddress(text: string): string | null {
  if (!text.includes(":")) return octets(text)?.join(".") ?? null;
  const groups = ipv6Groups(text);
  if (groups === null) return null;
  const full = groups.map((group) => group.toString(16).padStart(4, "0")).join(":");
  if (!full.startsWith(MAPPED_PREFIX)) return full;
  return [groups[6]! >> 8, groups[6]! & 0xff, groups[7]! >> 8, groups[7]! & 0xff].join(".");
}

function octets(text: string): number[] | null {
  const parts = text.split(".");
  const isIpv4 = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isIpv4 ? parts.map(Number) : null;
}

function ipv6Groups(text: string): number[] | null {
  if (text.length > 45) return null;
  let source = text;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const bytes = octets(dotted[2]!);
    if (bytes === null) return null;
    const [a, b, c, d] = bytes as [number, number, number, number];
    source = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = source.split("::");
  if (halves.length > 2) return null;
  const [left, right] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const known = [...left!, ...(right ?? [])];
  if (!known.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  const missing = 8 - known.length;
  if (right === undefined ? missing !== 0 : missing < 1) return null;
  const filled = right === undefined ? known : [...left!, ...new Array<string>(missing).fill("0"), ...right];
  return filled.map((group) => Number.parseInt(group, 16));
}

/** First octets, and what they are: everything else is public (spec/06 §9.6: unicast and globally routable). */
const IPV4_RANGES: readonly (readonly [prefix: string, bits: number, kind: AddressKind])[] = [
  ["0.0.0.0", 8, "unusable"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "private"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "private"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "unusable"],
  ["192.0.2.0", 24, "unusable"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "private"],
  ["198.51.100.0", 24, "unusable"],
  ["203.0.113.0", 24, "unusable"],
  ["224.0.0.0", 3, "unusable"],
];

export interface AddressRules {
  /** For tests on one machine: only 127.0.0.1 is loopback, the rest of 127/8 counts as public (spec/09 §14). */
  readonly testAddresses?: boolean;
}

/** `address`: canonical. */
export function addressKind(address: string, { testAddresses = false }: AddressRules = {}): AddressKind {
  if (address.includes(":")) return ipv6Kind(address);
  if (testAddresses && address.startsWith("127.")) return address === "127.0.0.1" ? "loopback" : "public";
  const value = ipv4Value(address);
  const range = IPV4_RANGES.find(([prefix, bits]) => value >>> (32 - bits) === ipv4Value(prefix) >>> (32 - bits));
  return range?.[2] ?? "public";
}

function ipv4Value(address: string): number {
  return address.split(".").reduce((value, octet) => value * 256 + Number(octet), 0) >>> 0;
}

function ipv6Kind(address: string): AddressKind {
  if (address === "0000:0000:0000:0000:0000:0000:0000:0001") return "loopback";
  const first = Number.parseInt(address.slice(0, 4), 16);
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80) return "private";
  // Documentation, tunnels: nobody to reach there.
  const isUsable = (first & 0xe000) === 0x2000 && first !== 0x2002;
  return isUsable && !/^2001:(0000|0db8):/.test(address) ? "public" : "unusable";
}

/** Addresses that one operator may well have: IPv4 /16, IPv6 /32. */
export function addressGroup(address: string): string {
  return address.includes(":") ? address.slice(0, 9) : address.split(".").slice(0, 2).join(".");
}

/** IPv4 /24, IPv6 /64. */
export function addressSubnet(address: string): string {
  return address.includes(":") ? address.slice(0, 19) : address.split(".").slice(0, 3).join(".");
}

/** What points, bans and limits per address count as one: an IPv4 address, an IPv6 /64. */
export function addressKey(address: string): string {
  return address.includes(":") ? address.slice(0, 19) : address;
}

/** The host of `host:port`, without the brackets of IPv6. */
export function hostOfEndpoint(text: string): string {
  return text.slice(0, text.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
}

/** `host:port`, IPv6 in brackets. */
export function endpointText({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
