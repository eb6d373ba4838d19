import { pushBytes, pushScript } from "../bitcoin/script.js";
import { concatBytes } from "../core/bytes.js";
import { P2PoolError } from "../core/errors.js";

export class CoinbaseTextError extends P2PoolError<{ code: "COINBASE_TEXT_TOO_LONG" }> {}

/** Bytes a coinbase script may have (consensus of the coin and of shares). */
const MIN_SIZE = 2;
const MAX_SIZE = 100;
/** Push of a height of any block in the next centuries. */
const HEIGHT_PUSH_SIZE = 5;

/** A commitment to merged chains as it is pushed. */
const COMMITMENT_PUSH_SIZE = 45;

/**
 * Script of the generation transaction's input (spec/10 §8.5): the height as BIP34 demands, the commitment to merged chains,
 * the operator's texts, then the daemon's flags as far as they fit. Never cuts the others; `checkCoinbaseTexts` makes sure at
 * start that they fit.
 */
export function coinbaseScript(
  height: number,
  commitment: Uint8Array | null,
  texts: readonly Uint8Array[],
  flags: Uint8Array,
): Uint8Array {
  const pushed = commitment === null ? texts : [commitment, ...texts];
  const fixed = concatBytes(pushScript([BigInt(height)]), ...pushed.map(pushBytes));
  const script = concatBytes(fixed, flags.subarray(0, Math.max(0, MAX_SIZE - fixed.length)));
  // Heights 1 to 16 push as one byte, which alone would be too short a script.
  return script.length < MIN_SIZE ? concatBytes(script, new Uint8Array(MIN_SIZE - script.length)) : script;
}

/** @throws CoinbaseTextError if texts cannot fit beside any height, and beside a commitment where chains are merged. */
export function checkCoinbaseTexts(texts: readonly Uint8Array[], isMerged = false): void {
  const reserved = HEIGHT_PUSH_SIZE + (isMerged ? COMMITMENT_PUSH_SIZE : 0);
  const size = texts.reduce((sum, text) => sum + pushBytes(text).length, reserved);
  if (size > MAX_SIZE) {
    throw new CoinbaseTextError(`coinbase texts take ${size} bytes with the height, ${MAX_SIZE} are allowed`, {
      code: "COINBASE_TEXT_TOO_LONG",
    });
  }
}
