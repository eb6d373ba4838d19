import type { ShareRules } from "../rules.js";
import type { Share } from "../share.js";

/** The output script of who made a share, its bytes as characters (spec/20 §4); older shares name an address. */
export function ownerKey(share: Share, rules: ShareRules): string {
  // No script is as long as the texts of addresses that have none.
  return (share.payable ?? rules.payable(share.address, "fixed"))?.scriptKey ?? "";
}

/** What stands before and behind 20 bytes, as characters. */
type Frame = readonly [head: string, tail: string];

const TO_KEY_HASH: Frame = ["\x76\xa9\x14", "\x88\xac"];
const TO_SCRIPT_HASH: Frame = ["\xa9\x14", "\x87"];
const TO_WITNESS_KEY_HASH: Frame = ["\x00\x14", ""];

/** The 20 bytes of a script of that form; null if it is not of it. */
function hashIn(script: string, [head, tail]: Frame): string | null {
  const fits = script.length === head.length + 20 + tail.length && script.startsWith(head) && script.endsWith(tail);
  return fits ? script.slice(head.length, head.length + 20) : null;
}

/** The form to a key's hash of an output to a witness of one; null for every other script. */
export function pubkeyHashForm(script: string): string | null {
  const hash = hashIn(script, TO_WITNESS_KEY_HASH);
  return hash === null ? null : TO_KEY_HASH.join(hash);
}

/** What pays the owner of a script on a chain without segwit; null where there is no such thing (spec/20 §9.3). */
export function childForm(script: string): string | null {
  const isKept = hashIn(script, TO_KEY_HASH) !== null || hashIn(script, TO_SCRIPT_HASH) !== null;
  return isKept ? script : pubkeyHashForm(script);
}
