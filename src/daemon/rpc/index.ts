/** Public API of `p2pool/rpc`: a typed JSON-RPC client for bitcoind-compatible daemons. */
export {
  type BlockTemplateRequest,
  type CallOptions,
  RpcClient,
  type RpcClientOptions,
} from "./client.js";
export type { RpcAuth } from "./credentials.js";
export {
  AuthError,
  BusyError,
  ConfigError,
  ConnectionError,
  ForbiddenError,
  HttpError,
  InitialDownloadError,
  InvalidAddressOrKeyError,
  InvalidParamsError,
  MethodNotFoundError,
  NotConnectedError,
  ProtocolError,
  type RpcCallContext,
  RpcClientError,
  type RpcClientErrorCode,
  RpcError,
  type RpcErrorData,
  TimeoutError,
  VerifyRejectedError,
  WalletError,
  WarmupError,
} from "./errors.js";
export type {
  AddressInfo,
  BlockchainInfo,
  BlockTemplate,
  BlockTemplateTransaction,
  NetworkInfo,
  RpcBlock,
  RpcBlockHeader,
} from "./schemas.js";
