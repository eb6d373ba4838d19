// bcoin brings no types. These are the few members that the worker uses.

interface BcoinNetwork {
  halvingInterval: number;
  minerWindow: number;
  activationThreshold: number;
  block: { bip34height: number };
  pow: { bits: number };
  addressPrefix: {
    pubkeyhash: number;
    scripthash: number;
    witnesspubkeyhash: number;
    witnessscripthash: number;
    bech32: string;
  };
}

interface BcoinChainEntry {
  readonly hash: string;
  readonly height: number;
}

interface BcoinTx {
  hash(encoding: "hex"): string;
  readonly outputs: readonly { readonly value: number }[];
}

interface BcoinBlock {
  /** Wire order. */
  hash(encoding: "hex"): string;
  readonly txs: readonly BcoinTx[];
}

interface BcoinTemplate {
  time: number;
  readonly bits: number;
  readonly target: Buffer;
  getProof(nonce1: number, nonce2: number, time: number, nonce: number): { verify(target: Buffer): boolean };
  commit(proof: unknown): BcoinBlock;
}

declare module "bcoin/lib/protocol/networks.js" {
  const networks: { regtest: BcoinNetwork };
  export = networks;
}

declare module "bcoin/lib/primitives/keyring.js" {
  class KeyRing {
    static fromPrivate(key: Buffer, compressed: boolean): KeyRing;
    witness: boolean;
    getAddress(): object;
  }
  export = KeyRing;
}

declare module "bcoin/lib/primitives/coin.js" {
  class Coin {
    static fromTX(tx: BcoinTx, index: number, height: number): Coin;
    readonly value: number;
    readonly height: number;
  }
  export = Coin;
}

declare module "bcoin/lib/primitives/mtx.js" {
  class MTX {
    addCoin(coin: object): void;
    addOutput(address: object, value: number): void;
    sign(ring: object): number;
    toTX(): BcoinTx;
  }
  export = MTX;
}

declare module "bcoin/lib/node/fullnode.js" {
  class FullNode {
    constructor(options: Readonly<Record<string, unknown>>);
    readonly chain: {
      readonly tip: BcoinChainEntry;
      readonly height: number;
      getTarget(time: number, previous: BcoinChainEntry): Promise<number>;
      getBlock(height: number): Promise<unknown>;
      add(block: BcoinBlock, flags?: number): Promise<BcoinChainEntry | null>;
    };
    readonly mempool: {
      readonly map: ReadonlyMap<string, unknown>;
      /** The missing parents of an orphan, else null. */
      addTX(tx: BcoinTx): Promise<readonly string[] | null>;
    };
    readonly miner: { createBlock(tip: BcoinChainEntry, address: object): Promise<BcoinTemplate> };
    readonly pool: { discoverExternal(): Promise<void> };
    open(): Promise<void>;
    connect(): Promise<void>;
    startSync(): void;
    on(event: "error", listener: (error: Error) => void): void;
    on(event: "block", listener: (block: BcoinBlock) => void): void;
  }
  export = FullNode;
}
