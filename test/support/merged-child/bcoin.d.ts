// Members of bcoin that only the child chain of the tests uses.

interface BcoinTemplate {
  version: number;
}

declare module "bcoin/lib/primitives/address.js" {
  const Address: { fromString(text: string, network: string): object };
  export = Address;
}

declare module "bcoin/lib/primitives/block.js" {
  const Block: { fromRaw(raw: Buffer): BcoinBlock & { readonly version: number; readonly prevBlock: string } };
  export = Block;
}

declare module "bcoin/lib/blockchain/common.js" {
  const common: { flags: { DEFAULT_FLAGS: number; VERIFY_POW: number } };
  export = common;
}
