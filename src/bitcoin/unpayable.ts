import { bech32, bech32m } from "@scure/base";
import { equalBytes } from "../core/bytes.js";
import {
  AddressError,
  type AddressErrorCode,
  addressScript,
  decodeBase58,
  decodeLegacyAddress,
  paddingOf,
  resolveAddress,
  trueScript,
} from "./address.js";
import { decodeCashAddr } from "./cashaddr.js";
import type { Coin } from "./coin.js";

export interface Unpayable {
  readonly code: AddressErrorCode;
  /** A sentence for the person who typed the address. */
  readonly reason: string;
}

/**
 * Why shares of a version cannot, or must not, pay an address; null if they can. Stricter than consensus: an address whose
 * consensus script is not its own script is refused, since nobody could spend the coins (spec/10 §6.2).
 *
 * @param knownCoins coins whose addresses can be told apart from those of `coin`
 */
export function explainUnpayable(
  text: string,
  coin: Coin,
  shareVersion: number,
  knownCoins: readonly Coin[] = [],
): Unpayable | null {
  try {
    const resolved = resolveAddress(text, coin);
    if (shareVersion < 34 && resolved.kind !== "pubkeyHash") {
      return {
        code: "ADDRESS_UNSUPPORTED",
        reason: `version-${shareVersion} shares can pay pubkey-hash addresses only`,
      };
    }
    const isHash20 = resolved.hash.length === 20 && resolved.kind !== "cashaddr";
    if (shareVersion >= 36 && !isHash20) {
      return {
        code: "ADDRESS_UNSUPPORTED",
        reason: `version-${shareVersion} shares can pay addresses of 20-byte hashes only`,
      };
    }
    const own = trueScript(resolved);
    const paid = addressScript(resolved, paddingOf(shareVersion));
    if (own !== null && equalBytes(own, paid)) return null;
    return {
      code: "ADDRESS_SCRIPT_DIFFERS",
      reason: `version-${shareVersion} shares would pay a script that this address cannot spend`,
    };
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    if (error.code === "ADDRESS_UNUSABLE") return { code: error.code, reason: error.message };
    return explainUnresolved(text, coin, shareVersion, knownCoins);
  }
}

function explainUnresolved(text: string, coin: Coin, shareVersion: number, knownCoins: readonly Coin[]): Unpayable {
  const others = knownCoins.filter((other) => other.name !== coin.name);
  const legacy = decodeLegacyAddress(text);
  if (legacy !== null) {
    const { version } = legacy;
    return ofOther(
      others.filter((other) => other.addressVersion === version || other.addressP2shVersion === version),
      coin,
    );
  }
  if (decodeBase58(text) !== null) return mistyped(coin);

  const modern = bech32m.decodeUnsafe(text);
  const prefix = (modern || bech32.decodeUnsafe(text) || null)?.prefix;
  if (modern && prefix === coin.humanReadablePart) {
    return {
      code: "ADDRESS_UNSUPPORTED",
      reason: `version-${shareVersion} shares cannot pay taproot or other bech32m addresses; use one that starts with ${prefix}1q`,
    };
  }
  if (prefix !== undefined && prefix !== coin.humanReadablePart) {
    return ofOther(
      others.filter((other) => other.addressForm === "bech32" && other.humanReadablePart === prefix),
      coin,
    );
  }
  const cash = others.filter((other) => other.addressForm === "cashaddr" && isCashAddrOf(text, other));
  if (cash.length > 0) return ofOther(cash, coin);
  if (prefix === undefined && looksLike(text, coin)) return mistyped(coin);
  const alike = others.filter((other) => looksLike(text, other));
  if (alike.length > 0) return ofOther(alike, coin);
  return { code: "ADDRESS_INVALID", reason: `this is not an address of ${title(coin)}` };
}

function isCashAddrOf(text: string, coin: Coin): boolean {
  return coin.humanReadablePart !== null && decodeCashAddr(text, coin.humanReadablePart) !== null;
}

/** Starts like an address of the coin, whatever the rest. */
function looksLike(text: string, coin: Coin): boolean {
  if (coin.humanReadablePart === null) return false;
  const separator = coin.addressForm === "cashaddr" ? ":" : "1";
  return text.toLowerCase().startsWith(coin.humanReadablePart + separator);
}

function mistyped(coin: Coin): Unpayable {
  return { code: "ADDRESS_CHECKSUM", reason: `this address of ${title(coin)} is mistyped: its checksum is wrong` };
}

function ofOther(owners: readonly Coin[], coin: Coin): Unpayable {
  const owned = owners.length === 0 ? "another network" : owners.map(title).join(" or ");
  return { code: "ADDRESS_OTHER_NETWORK", reason: `this is an address of ${owned}, not of ${title(coin)}` };
}

function title(coin: Coin): string {
  return coin.name.replaceAll("_", " ");
}
