import { BlockList, isIP } from "node:net";

/** Sets of addresses, given as addresses and ranges (`10.0.0.0/8`, `2001:db8::/32`). */
export class AddressRanges {
  private readonly list = new BlockList();

  /** @throws RangeError naming the text that is neither an address nor a range */
  constructor(texts: readonly string[]) {
    for (const text of texts) {
      const [address = "", bits] = text.split("/");
      const family = isIP(address);
      const widest = family === 4 ? 32 : 128;
      const width = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
      if (family === 0 || !(width <= widest)) throw new RangeError(`${text} is no address and no range of addresses`);
      this.list.addSubnet(address, width, family === 4 ? "ipv4" : "ipv6");
    }
  }

  has(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.list.check(address, family === 4 ? "ipv4" : "ipv6");
  }
}
