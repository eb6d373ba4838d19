import { z } from "zod";
import type { Sat } from "./amounts.js";
import { amount, count, hash, hex } from "./schema-types.js";
import {
  addressInfoSchema,
  blockchainInfoSchema,
  blockHeaderSchema,
  blockTemplateSchema,
  deploymentInfoSchema,
  networkInfoSchema,
  submitBlockSchema,
} from "./schemas.js";
import * as state from "./schemas-state.js";
import * as tx from "./schemas-transactions.js";
import * as wallet from "./schemas-wallet.js";

/** What the library knows about a method (spec/14 §8). */
export interface MethodSpec<P extends readonly unknown[] = readonly unknown[], R = unknown> {
  readonly result: z.ZodType<R>;
  /** Only a type: positional parameters. */
  readonly params?: P;
  /** A repetition does no harm (spec/14 §10). */
  readonly idempotent: boolean;
  /** The result holds amounts in coins, so its numbers are read from their text. */
  readonly amounts: boolean;
  /** The parameter that holds satoshi, to be sent as coins: place and name. */
  readonly amountParam?: readonly [index: number, name: string];
}

type Traits = Partial<Pick<MethodSpec, "amountParam" | "amounts">>;
type Maker<P extends readonly unknown[]> = <R>(result: z.ZodType<R>, traits?: Traits) => MethodSpec<P, R>;

function read<P extends readonly unknown[] = []>(): Maker<P> {
  return (result, traits = {}) => ({ result, idempotent: true, amounts: false, ...traits });
}

/** Changes something at the daemon each time that it is called. */
function act<P extends readonly unknown[] = []>(): Maker<P> {
  return (result, traits = {}) => ({ result, idempotent: false, amounts: false, ...traits });
}

const AMOUNTS = { amounts: true } as const;
const text = z.string();
const nothing = z.null();
type Outputs = readonly Readonly<Record<string, unknown>>[];

export interface BlockTemplateRequest {
  readonly rules: readonly string[];
  readonly mode?: "template" | "proposal";
  readonly capabilities?: readonly string[];
  /** Of the last template: the answer comes when there is a better one, on a connection of its own. */
  readonly longpollid?: string;
  readonly data?: string;
}

const METHODS = {
  // The chain.
  getblockchaininfo: read()(blockchainInfoSchema),
  getdeploymentinfo: read<[blockHash?: string]>()(deploymentInfoSchema),
  getblockheader: read<[blockHash: string, verbose?: boolean]>()(z.union([hex, blockHeaderSchema])),
  getblock: read<[blockHash: string, verbosity?: 0 | 1 | 2 | 3]>()(z.union([hex, tx.blockSchema]), AMOUNTS),
  getblockhash: read<[height: number]>()(hash),
  getbestblockhash: read()(hash),
  getblockcount: read()(count),
  getchaintips: read()(state.chainTipsSchema),
  getmempoolinfo: read()(state.mempoolInfoSchema, AMOUNTS),
  getrawmempool: read<[verbose?: boolean, sequence?: boolean]>()(tx.rawMempoolSchema, AMOUNTS),
  gettxout: read<[txid: string, n: number, includeMempool?: boolean]>()(tx.txOutSchema, AMOUNTS),
  scantxoutset: read<[action: "abort" | "start" | "status", scanObjects?: readonly unknown[]]>()(
    tx.scanTxOutSchema,
    AMOUNTS,
  ),
  waitfornewblock: read<[timeoutMs?: number]>()(state.newBlockSchema),
  getindexinfo: read<[name?: string]>()(state.indexInfoSchema),
  // Mining.
  getblocktemplate: read<[request: BlockTemplateRequest]>()(blockTemplateSchema),
  submitblock: read<[blockHex: string]>()(submitBlockSchema),
  getmininginfo: read()(state.miningInfoSchema),
  prioritisetransaction: act<[txid: string, dummy: null, feeDelta: number]>()(z.boolean()),
  estimatesmartfee: read<[blocks: number, mode?: string]>()(state.smartFeeSchema, AMOUNTS),
  generatetoaddress: act<[blocks: number, address: string, maxTries?: number]>()(z.array(hash)),
  generateblock: act<[output: string, transactions: readonly string[]]>()(state.generatedBlockSchema),
  // Transactions. Sending the same one again is refused or changes nothing.
  getrawtransaction: read<[txid: string, verbosity?: boolean | 0 | 1 | 2, blockHash?: string]>()(
    z.union([hex, tx.decodedTransactionSchema]),
    AMOUNTS,
  ),
  decoderawtransaction: read<[hex: string, isWitness?: boolean]>()(tx.decodedTransactionSchema, AMOUNTS),
  decodescript: read<[hex: string]>()(tx.decodedScriptSchema),
  sendrawtransaction: read<[hex: string]>()(hash),
  testmempoolaccept: read<[rawTransactions: readonly string[]]>()(tx.mempoolAcceptSchema, AMOUNTS),
  createrawtransaction: read<[inputs: Outputs, outputs: Outputs]>()(hex),
  // Wallets.
  getnewaddress: act<[label?: string, type?: string]>()(text.min(1)),
  getaddressinfo: read<[address: string]>()(addressInfoSchema),
  validateaddress: read<[address: string]>()(addressInfoSchema),
  sendtoaddress: act<[address: string, amount: Sat | bigint, comment?: string, commentTo?: string]>()(hash, {
    amountParam: [1, "amount"],
  }),
  sendmany: act<[dummy: "", amounts: Readonly<Record<string, Sat | bigint>>]>()(hash, { amountParam: [1, "amounts"] }),
  getbalance: read<[dummy?: "*", minimumConfirmations?: number]>()(amount, AMOUNTS),
  getbalances: read()(wallet.balancesSchema, AMOUNTS),
  listunspent: read<[minimumConfirmations?: number, maximumConfirmations?: number, addresses?: readonly string[]]>()(
    wallet.unspentSchema,
    AMOUNTS,
  ),
  listtransactions: read<[label?: string, count?: number, skip?: number]>()(wallet.walletTransactionsSchema, AMOUNTS),
  gettransaction: read<[txid: string]>()(wallet.walletTransactionSchema, AMOUNTS),
  createwallet: act<[name: string, disablePrivateKeys?: boolean, blank?: boolean, passphrase?: string]>()(
    wallet.walletLoadedSchema,
  ),
  loadwallet: act<[name: string]>()(wallet.walletLoadedSchema),
  listwallets: read()(z.array(text)),
  walletpassphrase: act<[passphrase: string, seconds: number]>()(nothing),
  // Peers and the daemon itself.
  getnetworkinfo: read()(networkInfoSchema),
  getpeerinfo: read()(state.peerInfoSchema),
  getconnectioncount: read()(count),
  addnode: act<[node: string, command: "add" | "onetry" | "remove"]>()(nothing),
  uptime: read()(count),
  help: read<[command?: string]>()(text),
  stop: act()(text),
  getrpcinfo: read()(state.rpcInfoSchema),
  getzmqnotifications: read()(state.zmqNotificationsSchema),
  echo: read<readonly unknown[]>()(z.unknown()),
  // Auxiliary chains (spec/07 §12). A proof may be handed in again; asking for work makes none twice.
  getauxblock: read<[hash?: string, auxpow?: string]>()(state.auxBlockOrVerdictSchema),
  createauxblock: read<[address: string]>()(state.auxBlockSchema),
  submitauxblock: read<[hash: string, auxpow: string]>()(state.auxSubmitSchema),
  // History.
  getmemorypool: read<[blockHex?: string]>()(z.unknown()),
  getinfo: read()(state.oldInfoSchema, AMOUNTS),
  getaccountaddress: read<[account: string]>()(text),
  getreceivedbylabel: read<[label: string, minimumConfirmations?: number]>()(amount, AMOUNTS),
} as const;

export type KnownMethod = keyof typeof METHODS;
export type ParamsOf<M extends KnownMethod> = NonNullable<(typeof METHODS)[M]["params"]>;
export type ResultOf<M extends KnownMethod> = z.output<(typeof METHODS)[M]["result"]>;

export function methodSpec(method: string): MethodSpec | undefined {
  return Object.hasOwn(METHODS, method) ? (METHODS[method as KnownMethod] as unknown as MethodSpec) : undefined;
}
