import { isIP, type Socket } from "node:net";

/** A peer's address without the IPv4-in-IPv6 prefix; empty if the socket is gone already. */
export function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** Loopback and private ranges, where many miners share one address or one is never an attacker (spec/11 §4.11). */
export function isExemptAddress(address: string): boolean {
  if (isLoopback(address)) return true;
  if (isIP(address) === 6) return /^(f[cd]|fe[89ab])/i.test(address);
  return /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2[0-9]|3[01])\.)/.test(address);
}
