/** A second signal counts once the first is this old: a terminal and npm may both pass on the same Ctrl-C. */
const IMPATIENT_AFTER_MS = 1000;

/**
 * Tells of the first SIGINT or SIGTERM, by the call and by the signal; another one while the program is shutting down ends
 * it at once (spec/13 §8).
 */
export function untilSignal(onFirst: () => void): { readonly aborted: AbortSignal; release(): void } {
  const controller = new AbortController();
  let firstAtMs = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      firstAtMs = performance.now();
      controller.abort(new Error(`stopped by ${signal}`));
      onFirst();
    } else if (performance.now() - firstAtMs > IMPATIENT_AFTER_MS) process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    aborted: controller.signal,
    release: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
