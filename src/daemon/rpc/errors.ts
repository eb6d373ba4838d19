import { P2PoolError } from "../../core/errors.js";

/**
 * The error classes of spec/14 §6. A class says what happened, `code` says it for logs and metrics; what the daemon said is
 * in `rpcCode` and, verbatim, in the message. No error holds credentials or parameters.
 */
export type RpcClientErrorCode =
  | "RPC_AUTH"
  | "RPC_BUSY"
  | "RPC_CONFIG"
  | "RPC_CONNECTION"
  | "RPC_ERROR"
  | "RPC_FORBIDDEN"
  | "RPC_HTTP"
  | "RPC_INITIAL_DOWNLOAD"
  | "RPC_INVALID_ADDRESS_OR_KEY"
  | "RPC_INVALID_PARAMS"
  | "RPC_METHOD_NOT_FOUND"
  | "RPC_NOT_CONNECTED"
  | "RPC_PROTOCOL"
  | "RPC_TIMEOUT"
  | "RPC_VERIFY_REJECTED"
  | "RPC_WALLET"
  | "RPC_WARMUP";

/** The call that failed. */
export interface RpcCallContext {
  readonly method: string;
  /** URL without credentials. */
  readonly endpoint: string;
  readonly durationMs: number;
}

export interface RpcErrorData extends RpcCallContext {
  readonly code: RpcClientErrorCode;
  /** HTTP status, where there was a reply. */
  readonly status?: number;
  /** Start of a body that is no JSON-RPC reply. */
  readonly bodySnippet?: string;
  /** The daemon's number (spec/14 §6). */
  readonly rpcCode?: number;
  readonly rpcData?: unknown;
}

const RETRYABLE: ReadonlySet<RpcClientErrorCode> = new Set([
  "RPC_BUSY",
  "RPC_CONNECTION",
  "RPC_TIMEOUT",
  "RPC_WARMUP",
] as const);

export class RpcClientError extends P2PoolError<RpcErrorData> {
  get method(): string {
    return this.data.method;
  }

  /** The same call may succeed later; whether it may be repeated depends on the method. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }

  /** `method: message`, and the daemon's number if it gave one. */
  override toString(): string {
    const number = this.data.rpcCode === undefined ? "" : ` (${this.data.rpcCode})`;
    return `${this.method}: ${this.message}${number}`;
  }
}

/** No connection, or it broke. The cause is the system's error. */
export class ConnectionError extends RpcClientError {}
export class TimeoutError extends RpcClientError {}
/** An answer that is not from a JSON-RPC server. */
export class HttpError extends RpcClientError {
  get status(): number {
    return this.data.status ?? 0;
  }
}
/** Credentials missing or wrong. */
export class AuthError extends HttpError {}
/** Our address or the method is not allowed. */
export class ForbiddenError extends HttpError {}
/** Too many calls at the daemon, or waiting in this client; or the daemon is shutting down. */
export class BusyError extends HttpError {}
/** Not JSON, another id, another shape than the method has. The message names the field. */
export class ProtocolError extends RpcClientError {}
/** Cookie or URL unusable. */
export class ConfigError extends RpcClientError {}

/** The daemon understood and refused. */
export class RpcError extends RpcClientError {
  get rpcCode(): number {
    return this.data.rpcCode ?? 0;
  }
}
export class MethodNotFoundError extends RpcError {}
export class InvalidParamsError extends RpcError {}
export class WarmupError extends RpcError {}
export class NotConnectedError extends RpcError {}
export class InitialDownloadError extends RpcError {}
/** Also: no such block or transaction. */
export class InvalidAddressOrKeyError extends RpcError {}
export class VerifyRejectedError extends RpcError {}
export class WalletError extends RpcError {}

type RpcErrorClass = new (message: string, data: RpcErrorData) => RpcError;

/** The daemon's numbers (spec/14 §6). */
export const RPC_CODES = {
  misc: -1,
  safeMode: -2,
  type: -3,
  wallet: -4,
  invalidAddressOrKey: -5,
  insufficientFunds: -6,
  outOfMemory: -7,
  invalidParameter: -8,
  notConnected: -9,
  initialDownload: -10,
  invalidLabel: -11,
  keypoolRanOut: -12,
  unlockNeeded: -13,
  passphraseIncorrect: -14,
  wrongEncryptionState: -15,
  encryptionFailed: -16,
  alreadyUnlocked: -17,
  walletNotFound: -18,
  walletNotSpecified: -19,
  database: -20,
  deserialization: -22,
  nodeAlreadyAdded: -23,
  nodeNotAdded: -24,
  verifyError: -25,
  verifyRejected: -26,
  verifyAlreadyInChain: -27,
  inWarmup: -28,
  nodeNotConnected: -29,
  invalidSubnet: -30,
  p2pDisabled: -31,
  deprecated: -32,
  mempoolDisabled: -33,
  capacityReached: -34,
  walletAlreadyLoaded: -35,
  walletAlreadyExists: -36,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  parse: -32700,
} as const;

const WALLET_CODES = [-4, -6, -11, -12, -13, -14, -15, -16, -17, -18, -19, -35, -36];

const CLASSES: ReadonlyMap<number, readonly [RpcErrorClass, RpcClientErrorCode]> = new Map<
  number,
  readonly [RpcErrorClass, RpcClientErrorCode]
>([
  [-32601, [MethodNotFoundError, "RPC_METHOD_NOT_FOUND"]],
  ...[-32602, -8, -3, -1].map((n) => [n, [InvalidParamsError, "RPC_INVALID_PARAMS"]] as const),
  [-28, [WarmupError, "RPC_WARMUP"]],
  [-9, [NotConnectedError, "RPC_NOT_CONNECTED"]],
  [-10, [InitialDownloadError, "RPC_INITIAL_DOWNLOAD"]],
  [-5, [InvalidAddressOrKeyError, "RPC_INVALID_ADDRESS_OR_KEY"]],
  ...[-25, -26, -27].map((n) => [n, [VerifyRejectedError, "RPC_VERIFY_REJECTED"]] as const),
  ...WALLET_CODES.map((n) => [n, [WalletError, "RPC_WALLET"]] as const),
]);

/** The error for what a daemon put into the `error` member of its reply. */
export function createRpcError(
  error: { readonly code: number; readonly message: string; readonly data?: unknown },
  status: number,
  context: RpcCallContext,
): RpcError {
  const [Class, code] = CLASSES.get(error.code) ?? [RpcError, "RPC_ERROR" as const];
  const data = error.data === undefined ? {} : { rpcData: error.data };
  return new Class(error.message, { ...context, code, status, rpcCode: error.code, ...data });
}
