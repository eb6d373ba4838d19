import { encodeFrame, MAX_PAYLOAD_BYTES } from "../../core/frame.js";
import { LIMITS } from "../limits.js";
import { type Command, encodePayload, type Payloads } from "./messages.js";

const HASH_BYTES = 32;
/** A count in its longest form. */
const COUNT_BYTES = 9;

/**
 * The frames of a message: one, or several where a list is so long that its payload would pass the limit for sending
 * (spec/06 §4.3). A single element that alone is longer goes alone; one that no frame holds is left out.
 */
export function encodeFrames<C extends Command>(prefix: Uint8Array, command: C, payload: Payloads[C]): Uint8Array[] {
  return split(command, payload).map((part) => encodeFrame(prefix, command, encodePayload(command, part)));
}

function split<C extends Command>(command: C, payload: Payloads[C]): Payloads[C][] {
  return (
    (SPLITTERS[command as Command] as ((payload: Payloads[C]) => Payloads[C][]) | undefined)?.(payload) ?? [payload]
  );
}

type Splitter<P> = (payload: P) => P[];

const splitHashes: Splitter<Payloads["have_tx"]> = ({ hashes }) =>
  portions(hashes, () => HASH_BYTES).map((part) => ({ hashes: part }));

const SPLITTERS: { readonly [C in Command]?: Splitter<Payloads[C]> } = {
  shares: ({ shares }) => portions(shares, ({ raw }) => raw.length).map((part) => ({ shares: part })),
  have_tx: splitHashes,
  losing_tx: splitHashes,
  forget_tx: splitHashes,
  remember_tx: (payload) => {
    const known = portions(payload.hashes, () => HASH_BYTES);
    const whole = portions(payload.transactions, (raw) => raw.length);
    if (known.length === 1 && whole.length === 1) return [{ hashes: known[0]!, transactions: whole[0]! }];
    return [
      ...known.filter(isFilled).map((hashes) => ({ hashes, transactions: [] })),
      ...whole.filter(isFilled).map((transactions) => ({ hashes: [], transactions })),
    ];
  },
};

function isFilled(part: readonly unknown[]): boolean {
  return part.length > 0;
}

/** The items in their order, cut where a payload would become too long; a list without items is one empty portion. */
function portions<T>(items: readonly T[], sizeOf: (item: T) => number): T[][] {
  let part: T[] = [];
  const parts = [part];
  let size = COUNT_BYTES;
  for (const item of items) {
    const itemSize = sizeOf(item);
    if (itemSize + 2 * COUNT_BYTES > MAX_PAYLOAD_BYTES) continue;
    if (part.length > 0 && size + itemSize > LIMITS.splitPayloadBytes) {
      part = [];
      parts.push(part);
      size = COUNT_BYTES;
    }
    part.push(item);
    size += itemSize;
  }
  return parts;
}
