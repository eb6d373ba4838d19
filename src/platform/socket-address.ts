import { isIP, type Socket } from "node:net";

/** Addresses of clients whose connections a load balancer passes on. */
const passedOn = new WeakMap<Socket, string>();

/**
 * A client's address without the IPv4-in-IPv6 prefix; empty if the socket is gone already. Behind a load balancer it is the
 * one that the balancer told.
 */
export function addressOf(socket: Socket): string {
  return passedOn.get(socket) ?? (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
}

/** From now on the socket counts as coming from there. */
export function setAddress(socket: Socket, address: string): void {
  passedOn.set(socket, address);
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
