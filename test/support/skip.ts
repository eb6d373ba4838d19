/**
 * For the `skip` of a test that needs something this machine may not have: the reason why it cannot run, or false. Where
 * skips are forbidden, as in CI, a reason is an error instead.
 */
export function skipBecause(reason: string | false): string | false {
  if (reason !== false && process.env.FORBID_SKIPS !== undefined) {
    throw new Error(`tests may not be skipped here, but one would be: ${reason}`);
  }
  return reason;
}
