/** Public API of `p2pool/rpc`: a typed JSON-RPC client for bitcoind-compatible daemons, and the way to find them. */
export { ConfFileError, type ConfFileErrorCode } from "../discovery/conf-file.js";
export type { Machine } from "../discovery/data-directory.js";
export {
  type DiscoveredDaemon,
  type DiscoveredField,
  type DiscoverOptions,
  discoverDaemon,
} from "../discovery/discover.js";
export {
  AmountError,
  type AmountRange,
  amountParam,
  formatAmount,
  parseAmount,
  reverseHashHex,
  type Sat,
} from "./amounts.js";
export type { BatchEntry, BatchResult, BatchResults } from "./batch.js";
export type { RpcHooks } from "./channel.js";
export { type CallOptions, RpcClient, type RpcClientOptions, type UntypedCallOptions } from "./client.js";
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
  RPC_CODES,
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
export type { RpcHealth, RpcHealthListener, RpcHealthState } from "./health.js";
export { JsonNumber, type JsonNumbers, parseJson, stringifyJson } from "./json.js";
export type { RpcTls } from "./lanes.js";
export type { BlockTemplateRequest, KnownMethod, ParamsOf, ResultOf } from "./method-table.js";
export type { JsonRpcVersion, RpcParams } from "./request-body.js";
export { type RetryForeverOptions, retryForever } from "./retry.js";
export type {
  AddressInfo,
  BlockchainInfo,
  BlockTemplate,
  BlockTemplateTransaction,
  DeploymentInfo,
  NetworkInfo,
  RpcBlockHeader,
} from "./schemas.js";
export type { AuxBlock, MempoolInfo, MiningInfo } from "./schemas-state.js";
export type { DecodedTransaction, RpcBlock } from "./schemas-transactions.js";
