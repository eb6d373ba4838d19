import { P2PoolError } from "../core/errors.js";
import type { Offence } from "./offences.js";

/** Why bytes of a peer are not a message. Each carries the offence that it is; the peer's connection obeys. */
export type ProtocolErrorCode =
  /** The first bytes of the connection are not this network's prefix. */
  | "WIRE_FOREIGN_PREFIX"
  /** Something stands between two messages. */
  | "WIRE_GARBAGE"
  /** The length is over the cap of the command. */
  | "WIRE_TOO_LONG"
  | "WIRE_CHECKSUM"
  /** The payload does not follow its command's table. */
  | "WIRE_UNDECODABLE"
  /** A command that is not allowed in this state of the connection. */
  | "WIRE_OUT_OF_TURN"
  /** A budget for bytes of this kind is used up. */
  | "WIRE_BUDGET";

export class ProtocolError extends P2PoolError<{ code: ProtocolErrorCode; offence: Offence }> {
  constructor(message: string, code: ProtocolErrorCode, offence: Offence, options?: ErrorOptions) {
    super(message, { code, offence }, options);
  }

  get offence(): Offence {
    return this.data.offence;
  }
}

/** Why a request to a peer has no answer. */
export type RequestErrorCode =
  | "REQUEST_CONNECTION_LOST"
  /** The peer did not begin to answer in time; its connection is closed. */
  | "REQUEST_TIMEOUT"
  /** Result 1: fewer shares may fit. */
  | "REQUEST_TOO_LONG"
  /** Any other result, or an answer to something else. */
  | "REQUEST_REFUSED"
  /** As many requests as allowed are waiting for this peer. */
  | "REQUEST_BUSY";

export class RequestError extends P2PoolError<{ code: RequestErrorCode }> {
  constructor(message: string, code: RequestErrorCode) {
    super(message, { code });
  }
}
