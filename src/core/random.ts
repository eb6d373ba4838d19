/** Where chance comes from; given to whoever needs it, so that tests and simulations repeat exactly. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform in 0..2^32-1. */
  uint32(): number;
}

/** A repeatable sequence (sfc32), for tests and simulations; never for secrets. */
export function seededRandom(seed: number): Random {
  let a = seed | 0;
  let b = 0x9e3779b9 | 0;
  let c = 0x243f6a88 | 0;
  let counter = 1;
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return { uint32: next, uniform: () => next() / 2 ** 32 };
}
