import { bytesToHex, equalBytes, hashToHex, tryHexToBytes } from "../core/bytes.js";
import { P2PoolError } from "../core/errors.js";
import { hash256 } from "../core/hash/index.js";
import { DraftError, ShareError } from "./errors.js";
import { PayoutWindows } from "./payout-windows.js";
import type { ShareRules } from "./rules.js";
import { loadShare, type Share } from "./share.js";
import type { ShareNode } from "./share-node.js";
import type { Payout } from "./split.js";
import { Tracker } from "./tracker.js";
import { resolveTransactions } from "./transaction-lists.js";
import { redraft } from "./verify.js";

/**
 * What anyone needs to check, offline, that shares earned an output of a block: the block as a share, and the shares below it
 * that its payouts are counted over. Nothing in it has to be believed: every share carries its own proof of work, and the
 * block's hash commits to all of them.
 */
export interface PayoutProof {
  readonly network: string;
  /** Hash of the share whose payouts are proven; where it is a block, that block's hash. */
  readonly block: string;
  readonly address: string;
  /** Wire form, the block's first, then each one's parent. */
  readonly shares: readonly Uint8Array[];
}

export type ProofErrorCode = "PROOF_MALFORMED";
export class ProofError extends P2PoolError<{ code: ProofErrorCode }> {}

const FORMAT = "p2pool payout proof";
const VERSION = 1;
/** More than any network's window. */
const MAX_SHARES = 100_000;

/** The file of a proof: JSON, shares as hex. */
export function proofToJson({ network, block, address, shares }: PayoutProof): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, network, block, address, shares: shares.map(bytesToHex) });
}

/** @throws ProofError that says what is wrong with the file */
export function proofFromJson(text: string): PayoutProof {
  const fail = (reason: string): never => {
    throw new ProofError(`no payout proof: ${reason}`, { code: "PROOF_MALFORMED" });
  };
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return fail("it is no JSON");
  }
  if (typeof value !== "object" || value === null || value.format !== FORMAT) {
    return fail(`member "format" is not "${FORMAT}"`);
  }
  if (value.version !== VERSION) return fail(`version ${JSON.stringify(value.version)} is not known`);
  const { network, block, address, shares } = value;
  if (typeof network !== "string") return fail(`member "network" is no text`);
  if (typeof address !== "string" || address.length > 128) return fail(`member "address" is no address`);
  if (typeof block !== "string" || !/^[0-9a-f]{64}$/.test(block)) return fail(`member "block" is no hash`);
  if (!Array.isArray(shares) || shares.length === 0 || shares.length > MAX_SHARES) {
    return fail(`member "shares" is no list of shares`);
  }
  const raws = (shares as unknown[]).map((share, i) => {
    const raw = typeof share === "string" ? tryHexToBytes(share) : null;
    return raw ?? fail(`shares[${i}] is no hex`);
  });
  return { network, block, address, shares: raws };
}

/** How many shares a proof of a share's payouts needs: itself, and a whole window below it. */
export function proofLength(rules: ShareRules): number {
  return rules.network.realChainLength + 1;
}

type ProofStepName = "block" | "chain" | "generation transaction" | "hash" | "output" | "payouts" | "proof of work";

/** One thing that was checked. */
export interface ProofStep {
  readonly name: ProofStepName;
  readonly ok: boolean;
  /** A sentence for people. */
  readonly text: string;
}

export interface ProofReport {
  /** Whether everything holds: the shares earned the output. */
  readonly ok: boolean;
  readonly steps: readonly ProofStep[];
  /** Of the address, satoshi; null if it is paid nothing or the proof fails before. */
  readonly amount: bigint | null;
  /** Everyone who is paid, in the order of the outputs; empty if the proof fails before. */
  readonly payees: readonly Payout[];
  readonly donation: bigint | null;
  /** The block as a share; null if it could not be read. */
  readonly share: Share | null;
  readonly gentx: Uint8Array | null;
  /** Shares whose work the payouts are counted over. */
  readonly windowShares: number;
}

interface Progress {
  readonly what: "checking shares";
  /** 0 to 1. */
  readonly part: number;
}

/** Shares checked between two looks at who waits. */
const PER_STEP = 20;

/**
 * Checks a proof step by step; nothing of it is believed. A generator, so that a page stays alive: each value tells how far it
 * is, the return value is the report.
 */
export function* checkPayoutProof(proof: PayoutProof, rules: ShareRules): Generator<Progress, ProofReport> {
  const checker = new ProofChecker(proof, rules);
  for (let i = 0; i < proof.shares.length; i++) {
    if (!checker.takeShare(i)) return checker.report();
    if (i % PER_STEP === PER_STEP - 1) yield { what: "checking shares", part: i / proof.shares.length };
  }
  checker.checkPayouts();
  return checker.report();
}

class ProofChecker {
  private readonly proof: PayoutProof;
  private readonly rules: ShareRules;
  private readonly steps: ProofStep[] = [];
  private readonly shares: Share[] = [];
  private amount: bigint | null = null;
  private payees: readonly Payout[] = [];
  private donation: bigint | null = null;
  private gentx: Uint8Array | null = null;
  private windowShares = 0;

  constructor(proof: PayoutProof, rules: ShareRules) {
    this.proof = proof;
    this.rules = rules;
  }

  /** False if the share is none, lacks its work, or is not the parent of the one before: the proof fails then. */
  takeShare(i: number): boolean {
    const { proof, rules, shares } = this;
    let share: Share;
    try {
      share = loadShare(proof.shares[i]!, rules);
    } catch (error) {
      if (!(error instanceof ShareError)) throw error;
      return this.fail(i === 0 ? "proof of work" : "chain", `share ${i} is no valid share: ${error.message}`);
    }
    const expected = i === 0 ? proof.block : shares[i - 1]!.parentId;
    if (share.id !== expected) {
      return i === 0
        ? this.fail("hash", `the first share hashes to ${share.id}, not to ${proof.block}`)
        : this.fail("chain", `share ${i} is ${share.id}, and the one above it builds on ${expected}`);
    }
    shares.push(share);
    if (i === 0) this.describeBlock(share);
    return true;
  }

  private describeBlock(share: Share): void {
    this.pass("hash", `the header's double SHA-256 is ${share.id}`);
    const pow = hashToHex(share.powHash);
    this.pass(
      "proof of work",
      `its proof of work ${pow} meets the share's target: ${share.work} hashes of work expected`,
    );
    this.pass(
      "block",
      share.isBlockSolution
        ? "it meets the target of the coin that its header names, too: it is a block"
        : "it does not meet the target of the coin: a share, which pays only if it had been a block",
    );
  }

  checkPayouts(): void {
    const { shares, rules } = this;
    const node = this.buildChain();
    const { parent } = node;
    const isWhole =
      parent === null ? node.last === null : parent.last === null || parent.height >= rules.network.realChainLength;
    if (!isWhole) {
      const has = shares.length - 1;
      this.fail("chain", `only ${has} shares below it are there, and its payouts are counted over more`);
      return;
    }
    const text = `${shares.length} shares follow one another by their hashes, each with its own proof of work`;
    this.pass("chain", text);
    try {
      this.redraft(node);
    } catch (error) {
      if (!(error instanceof DraftError)) throw error;
      this.fail("payouts", `the payouts cannot be counted: ${error.message}`);
    }
  }

  private buildChain(): ShareNode {
    const tracker = new Tracker(this.rules);
    let node: ShareNode | null = null;
    for (let i = this.shares.length - 1; i >= 0; i--) node = tracker.add(this.shares[i]!, 0);
    return node!;
  }

  private redraft(node: ShareNode): void {
    const { rules, proof } = this;
    const { share } = node.item;
    const transactions = resolveTransactions(node);
    if (transactions === null) {
      this.fail("generation transaction", "it refers to transactions of shares that are not there");
      return;
    }
    const windows = new PayoutWindows(rules);
    const draft = redraft(node, transactions, rules, windows);
    const longest = Math.max(0, Math.min(node.parent?.height ?? 0, rules.network.realChainLength) - 1);
    this.windowShares = share.format.payouts === "flat" ? windows.flat.shares : longest;
    const outputs = draft.payees().length;
    this.pass("payouts", `the work of ${this.windowShares} shares divides the block's value among ${outputs} payees`);
    if (!equalBytes(draft.infoBytes, share.infoBytes)) {
      this.fail("generation transaction", "the share's own figures are not those that follow from the shares below it");
      return;
    }
    const gentxHash = hash256(draft.gentx);
    if (!equalBytes(gentxHash, share.gentxHash)) {
      const ours = hashToHex(gentxHash);
      const theirs = hashToHex(share.gentxHash);
      this.fail("generation transaction", `these payouts make transaction ${ours}, and the block holds ${theirs}`);
      return;
    }
    this.pass(
      "generation transaction",
      `they make transaction ${hashToHex(share.gentxHash)}, the one that the header commits to`,
    );
    this.payees = draft.payees();
    this.donation = draft.donation;
    this.gentx = draft.gentx;
    this.findOutput(proof.address, rules.donationAddress);
  }

  private findOutput(address: string, donationAddress: string): void {
    const payee = this.payees.find((one) => one.address === address);
    this.amount = payee?.amount ?? (address === donationAddress ? this.donation : null);
    if (this.amount === null) this.fail("output", `it pays nothing to ${address}`);
    else this.pass("output", `it pays ${this.amount} satoshi to ${address}`);
  }

  report(): ProofReport {
    const { steps, amount, payees, donation, gentx, windowShares } = this;
    const ok = steps.every((step) => step.ok) && amount !== null;
    return { ok, steps, amount, payees, donation, share: this.shares[0] ?? null, gentx, windowShares };
  }

  private pass(name: ProofStepName, text: string): void {
    this.steps.push({ name, ok: true, text });
  }

  private fail(name: ProofStepName, text: string): false {
    this.steps.push({ name, ok: false, text });
    return false;
  }
}
