import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** IPv4 addresses of this machine by which others may reach it. */
export function localAddresses(): string[] {
  const all: NetworkInterfaceInfo[] = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

/** IPv4 addresses of RFC 1918. */
export function isPrivateIpv4(address: string): boolean {
  const [a = -1, b = -1] = address.split(".").map(Number);
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168);
}
