import { P2PoolError } from "../core/errors.js";

/**
 * Byte streams between hosts: the only way to the network, given through constructors so that tests and the simulator run
 * the same code over links of their own.
 */
export interface Endpoint {
  /** Text of an IP address; an IPv4 address is never written as an IPv6 one. */
  readonly host: string;
  readonly port: number;
}

export interface LinkHandlers {
  /** The chunk belongs to the receiver, and is a plain array of bytes. Not called while paused. */
  received(chunk: Uint8Array): void;
  /** All that was written has left; called after each time that something waited. */
  drained(): void;
  /** Once, last of all, and never from within a call to the link. `reason` is for logs. */
  closed(reason: string): void;
}

/**
 * An open connection. It delivers nothing before `open`; writing and closing are allowed from the start and do nothing once
 * it is closed.
 */
export interface Link {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Bytes written that have not left. */
  readonly unsent: number;
  /** Begins to deliver; called once. */
  open(handlers: LinkHandlers): void;
  /** The bytes must not be changed afterwards. */
  write(bytes: Uint8Array): void;
  /** Stops and resumes reading; the other side feels it. */
  pause(): void;
  resume(): void;
  /** Sends what is waiting, then ends; abortive after two seconds. */
  close(): void;
  /** Ends at once, what is waiting is lost. */
  abort(): void;
}

export interface Listener {
  /** The port that is bound. */
  readonly port: number;
  /** Accepts nothing any more. Links that were accepted live on. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface ListenOptions {
  /** All addresses of the machine by default. */
  readonly host?: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly backlog?: number;
}

export interface Transport {
  /** `to.host`: an IP address; names are resolved elsewhere. @throws TransportError */
  connect(to: Endpoint, options: ConnectOptions): Promise<Link>;
  /** Whoever is not wanted is aborted by the caller. @throws TransportError */
  listen(options: ListenOptions, accept: (link: Link) => void): Promise<Listener>;
}

export type TransportErrorCode =
  | "TRANSPORT_ABORTED"
  /** Another program listens there. */
  | "TRANSPORT_PORT_TAKEN"
  /** Nobody listens, or the operating system refuses; the cause says why. */
  | "TRANSPORT_REFUSED"
  | "TRANSPORT_TIMEOUT";

export class TransportError extends P2PoolError<{ code: TransportErrorCode }> {}

export const CLOSE_GRACE_MS = 2_000;

/** An IPv4 address in the form of an IPv6 one, as it comes from sockets that speak both, in its own form. */
export function plainHost(host: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host);
  return mapped === null ? host.replace(/%.*$/, "") : mapped[1]!;
}
