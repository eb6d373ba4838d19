// The daemon of a merged chain, alone in a thread: a real chain of bcoin's (simnet, in memory) behind the calls that
// Namecoin's family of daemons has. It builds real blocks, checks the whole proof of one, and then takes it into its chain
// with nothing waived but the proof of work of the block's own header.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import common from "bcoin/lib/blockchain/common.js";
import FullNode from "bcoin/lib/node/fullnode.js";
import Address from "bcoin/lib/primitives/address.js";
import Block from "bcoin/lib/primitives/block.js";
import KeyRing from "bcoin/lib/primitives/keyring.js";
import { auxpowLength, refuseAuxpow } from "./auxpow-check.js";
import type { MergedChildData, MergedChildMessage } from "./messages.js";

const { chainId, bits, pow, user, password, lacks, ownPort } = workerData as MergedChildData;

/** Says that the block is merged, and of which chain it is. */
const VERSION = ((chainId << 16) | 0x104) >>> 0;
const ERROR = { unknownBlock: -8, deserialization: -22, address: -5, method: -32601 };

class RpcFailure extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const node = new FullNode({
  network: "simnet",
  memory: true,
  config: false,
  argv: false,
  env: false,
  workers: false,
  logLevel: "none",
  logConsole: false,
  // Its own RPC, which nobody asks.
  httpHost: "127.0.0.1",
  httpPort: ownPort,
});
node.chain.getTarget = async () => bits;
await node.open();

const wallet = KeyRing.fromPrivate(Buffer.alloc(32, chainId + 1), true).getAddress();
/** Blocks that wait for work, by hash in display order: of the present tip only. */
const waiting = new Map<string, BcoinBlock>();
const newest = new Map<object, string>();
const requests: string[] = [];
let refusals: string[] = [];
let salt = 0;

async function createBlock(address: object): Promise<BcoinBlock> {
  const template = await node.miner.createBlock(node.chain.tip, address);
  template.version = VERSION;
  // A nonce of the coinbase makes another block of the same contents.
  return template.commit(template.getProof(salt++, 0, template.time, 0));
}

async function auxBlock(address: object, key: object): Promise<Record<string, unknown>> {
  let hash = newest.get(key);
  if (hash === undefined) {
    const block = await createBlock(address);
    hash = display(block);
    waiting.set(hash, block);
    newest.set(key, hash);
  }
  const { chain } = node;
  return {
    hash,
    chainid: chainId,
    previousblockhash: Buffer.from(chain.tip.hash, "hex").reverse().toString("hex"),
    coinbasevalue: 5_000_000_000,
    bits: bits.toString(16).padStart(8, "0"),
    height: chain.height + 1,
    _target: Buffer.from(target().toString(16).padStart(64, "0"), "hex").reverse().toString("hex"),
  };
}

function target(): bigint {
  return BigInt(bits & 0x7fffff) << BigInt(8 * ((bits >>> 24) - 3));
}

function display(block: BcoinBlock): string {
  return Buffer.from(block.hash("hex"), "hex").reverse().toString("hex");
}

/** As daemons of the family give it: the version has the identity of the chain, and no word of work for another block. */
async function blockTemplate(): Promise<Record<string, unknown>> {
  const { chain } = node;
  const { time } = await node.miner.createBlock(chain.tip, wallet);
  return {
    version: ((chainId << 16) | 4) >>> 0,
    previousblockhash: Buffer.from(chain.tip.hash, "hex").reverse().toString("hex"),
    transactions: [],
    coinbasevalue: 5_000_000_000,
    curtime: time,
    bits: bits.toString(16).padStart(8, "0"),
    height: chain.height + 1,
    sizelimit: 1_000_000,
  };
}

const HEADER_SIZE = 80;

/** A whole block with its proof: everything of both is checked. A reason, or null for an accepted block. */
async function handInWhole(hex: string): Promise<string | null> {
  const bytes = Buffer.from(hex, "hex");
  let length: number;
  let block: ReturnType<typeof Block.fromRaw>;
  try {
    length = auxpowLength(bytes.subarray(HEADER_SIZE));
    block = Block.fromRaw(Buffer.concat([bytes.subarray(0, HEADER_SIZE), bytes.subarray(HEADER_SIZE + length)]));
  } catch (error) {
    throw new RpcFailure(ERROR.deserialization, `Block decode failed: ${String(error)}`);
  }
  if (block.version !== VERSION) return refuse("bad-version");
  if (block.prevBlock !== node.chain.tip.hash) return refuse("inconclusive-not-best-prevblk");
  const claim = {
    proof: bytes.subarray(HEADER_SIZE, HEADER_SIZE + length),
    childHash: Buffer.from(block.hash("hex"), "hex"),
    chainId,
    target: target(),
    pow,
  };
  const reason = refuseAuxpow(claim);
  if (reason !== null) return refuse(reason);
  try {
    return (await take(block)) === null ? refuse("rejected") : null;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(reason: string): string {
  refusals.push(reason);
  return reason;
}

async function handIn(hash: string, proofHex: string): Promise<boolean> {
  const block = waiting.get(hash);
  if (block === undefined) throw new RpcFailure(ERROR.unknownBlock, "block hash unknown");
  const claim = {
    proof: Buffer.from(proofHex, "hex"),
    childHash: Buffer.from(block.hash("hex"), "hex"),
    chainId,
    target: target(),
    pow,
  };
  const reason = refuseAuxpow(claim);
  if (reason !== null) {
    refusals.push(reason);
    return false;
  }
  return (await take(block)) !== null;
}

async function take(block: BcoinBlock): Promise<unknown> {
  const { DEFAULT_FLAGS, VERIFY_POW } = common.flags;
  const entry = await node.chain.add(block, DEFAULT_FLAGS & ~VERIFY_POW);
  waiting.clear();
  newest.clear();
  return entry;
}

const addresses = new Map<string, object>();
function addressOf(text: string): object {
  try {
    const address = addresses.get(text) ?? Address.fromString(text, "simnet");
    addresses.set(text, address);
    return address;
  } catch {
    throw new RpcFailure(ERROR.address, "Invalid coinbase payout address");
  }
}

const METHODS: Readonly<Record<string, (params: readonly string[]) => Promise<unknown>>> = {
  getauxblock: async ([hash, proof]) => (hash === undefined ? auxBlock(wallet, wallet) : handIn(hash, proof!)),
  createauxblock: async ([address]) => auxBlock(addressOf(address!), addressOf(address!)),
  submitauxblock: async ([hash, proof]) => handIn(hash!, proof!),
  getblocktemplate: async () => blockTemplate(),
  submitblock: async ([hex]) => handInWhole(hex!),
  getblockcount: async () => node.chain.height,
  /** For tests: somebody else finds a block. */
  generate: async () => (await take(await createBlock(wallet))) !== null,
  /** For tests: what was asked for, and why proofs were refused, since the last time. */
  history: async () => {
    const history = { requests: requests.splice(0), refusals };
    refusals = [];
    return history;
  },
  /** For tests: outputs of a block's coinbase, as hex of their scripts. */
  payees: async ([height]) => {
    const block = (await node.chain.getBlock(Number(height))) as {
      txs: { outputs: { script: { toRaw(): Buffer } }[] }[];
    };
    return block.txs[0]!.outputs.map(({ script }) => script.toRaw().toString("hex"));
  },
  /** For tests: a block's coinbase, script and value of each output. */
  outputs: async ([height]) => {
    const block = (await node.chain.getBlock(Number(height))) as {
      txs: { outputs: { value: number; script: { toRaw(): Buffer } }[] }[];
    };
    return block.txs[0]!.outputs.map(({ script, value }) => [script.toRaw().toString("hex"), value]);
  },
};

async function answer(body: string): Promise<object> {
  const { id, method, params } = JSON.parse(body) as { id: unknown; method: string; params: string[] };
  if (method !== "history") requests.push(method);
  try {
    const handler = lacks.includes(method) ? undefined : METHODS[method];
    if (handler === undefined) throw new RpcFailure(ERROR.method, "Method not found");
    return { result: (await handler(params)) ?? null, error: null, id };
  } catch (error) {
    const code = error instanceof RpcFailure ? error.code : -1;
    return { result: null, error: { code, message: error instanceof Error ? error.message : String(error) }, id };
  }
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  if (request.headers.authorization !== expected) response.writeHead(401).end();
  else response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(await answer(body)));
}

const server = createServer((request, response) => void serve(request, response));
server.listen(0, "127.0.0.1", () => {
  const message: MergedChildMessage = { kind: "ready", port: (server.address() as AddressInfo).port };
  parentPort?.postMessage(message);
});
parentPort?.once("message", () => process.exit(0));
