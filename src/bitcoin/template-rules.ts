import type { Coin } from "./coin.js";

/** Rules of a template that we do not know how to mine under, without their marks. */
export interface UnknownRules {
  /** Marked with "!": what a miner must do changes, so that there is no work (spec/10 §7). */
  readonly binding: readonly string[];
  /** Not marked: one may mine on without knowing them (BIP9). */
  readonly harmless: readonly string[];
}

export function unknownRules({ daemon }: Coin, rules: readonly string[]): UnknownRules {
  const unknown = rules.filter((rule) => !daemon.understoodRules.includes(ruleName(rule)));
  return {
    binding: unknown.filter((rule) => rule.startsWith("!")).map(ruleName),
    harmless: unknown.filter((rule) => !rule.startsWith("!")),
  };
}

export function ruleName(rule: string): string {
  return rule.replace(/^!/, "");
}
