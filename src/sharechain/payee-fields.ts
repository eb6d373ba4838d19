import { decodeLegacyAddress, resolveAddress } from "../bitcoin/address.js";
import type { Coin } from "../bitcoin/coin.js";
import { asciiToBytes } from "../core/bytes.js";
import type { ShareData } from "./contents.js";
import type { ShareFormat } from "./formats/index.js";

/** What a share of a format says to pay an address, which was checked to be one that it can pay. @throws AddressError */
export function payeeFields(
  address: string,
  { payee }: ShareFormat,
  coin: Coin,
): Pick<ShareData, "payee" | "payeeType"> {
  if (payee === "address") return { payee: asciiToBytes(address), payeeType: null };
  if (payee === "pubkeyHash") return { payee: decodeLegacyAddress(address)!.hash, payeeType: null };
  const { kind, hash } = resolveAddress(address, coin);
  return { payee: hash, payeeType: kind === "scriptHash" ? 2 : kind === "witness" ? 1 : 0 };
}
