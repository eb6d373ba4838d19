/** A miner's user name, taken apart (spec/10 §6.1): payee, optional worker, optional difficulties. */
export interface Username {
  /** Text that should be an address, or several with commas between: the others are on merged chains; empty if the name is. */
  readonly payee: string;
  readonly worker: string | null;
  /** `+d`: fixed pseudo-share difficulty; 0 means as easy as allowed. */
  readonly pseudoDifficulty: number | null;
  /** `/d`: desired share difficulty; 0 means as easy as allowed. */
  readonly shareDifficulty: number | null;
  /** The first address alone, or with `.worker`: keys the statistics. */
  readonly canonical: string;
}

/** Others than 0 must lie within these, or the modifier is ignored (spec/10 §6.1 item 4, spec/09 §8). */
const DIFFICULTY_RANGE = { low: 1e-6, high: 1e15 };
/** Decimal with optional fraction and exponent; bounded, so that no absurd text reaches the number parser. */
const DECIMAL = /^[0-9]{0,40}(?:[0-9]|\.[0-9]{1,40}|[0-9]\.)(?:[eE][+-]?[0-9]{1,4})?$/;

/** A difficulty as a user writes it; null if it is no such number or out of range. */
export function parseDifficulty(text: string): number | null {
  const trimmed = text.trim();
  if (!DECIMAL.test(trimmed)) return null;
  const value = Number(trimmed);
  if (value === 0) return 0;
  return value >= DIFFICULTY_RANGE.low && value <= DIFFICULTY_RANGE.high ? value : null;
}

/** Never fails: whatever cannot be understood is ignored, and whether the payee is an address is not judged here. */
export function parseUsername(text: string): Username {
  const [user = "", ...modifiers] = text.trim().split(/([+/])/);
  let pseudoDifficulty: number | null = null;
  let shareDifficulty: number | null = null;
  for (let i = 0; i < modifiers.length; i += 2) {
    const difficulty = parseDifficulty(modifiers[i + 1] ?? "");
    if (difficulty === null) continue;
    if (modifiers[i] === "+") pseudoDifficulty = difficulty;
    else shareDifficulty = difficulty;
  }
  const [payee, worker] = splitUser(user.trim());
  const [first = ""] = payee.split(",");
  return {
    payee,
    worker,
    pseudoDifficulty,
    shareDifficulty,
    canonical: worker === null ? first : `${first}.${worker}`,
  };
}

/** An underscore wins over a dot; what follows a second separator is dropped (spec/10 §6.1 item 3). */
function splitUser(user: string): [payee: string, worker: string | null] {
  const separator = user.includes("_") ? "_" : ".";
  const [first = "", worker] = user.split(separator);
  // An address on a merged chain comes behind a comma (spec/10 §6.4).
  const addresses = first.split(",").map((address) => address.trim());
  const payee = addresses.filter((address, i) => i === 0 || address !== "").join(",");
  return [payee, worker === undefined || worker === "" ? null : worker];
}
