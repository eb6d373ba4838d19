import { BoundedMap } from "../../core/bounded.js";
import { difficultyToTarget } from "../../core/compact.js";
import { type AssignedDifficulty, assignedDifficulty, limitTarget } from "../difficulty.js";
import type { MinerPolicy } from "../policy.js";
import { Shared } from "./shared.js";

/** With new work each address may have another; those of older work are not needed any more. */
const MOST_TARGETS = 1000;

/** The difficulties of a server's connections: those of one number share one object. */
export class Difficulties {
  private readonly policy: Pick<MinerPolicy, "dumbScryptDifficulty" | "maxDifficulty">;
  private readonly known = new Shared<AssignedDifficulty>();
  /** Of jobs whose share is easier than someone wants, by the share's target. */
  private readonly hardest = new BoundedMap<bigint, AssignedDifficulty>(MOST_TARGETS);

  constructor(policy: Pick<MinerPolicy, "dumbScryptDifficulty" | "maxDifficulty">) {
    this.policy = policy;
  }

  /**
   * What a miner gets whatever a share's target is. `wanted` is un-multiplied, 0 for as easy as allowed; `minimum` is in the
   * miner's units.
   */
  wanted(wanted: number, minimum: number): AssignedDifficulty {
    const { dumbScryptDifficulty: multiplier, maxDifficulty: maximum } = this.policy;
    const target = limitTarget(difficultyToTarget(wanted), { minimum, maximum, multiplier, hardestTarget: 0n });
    return this.shared(target);
  }

  /**
   * The same, but never harder than `hardestTarget` (spec/10 §9.3 item 2). Each share has another target, and most miners want less:
   * to begin anew for each of them with every share would cost more than their jobs.
   */
  atMost(wanted: AssignedDifficulty, hardestTarget: bigint): AssignedDifficulty {
    if (wanted.target >= hardestTarget) return wanted;
    const known = this.hardest.get(hardestTarget);
    if (known !== undefined) return known;
    const made = this.shared(hardestTarget);
    this.hardest.set(hardestTarget, made);
    return made;
  }

  private shared(target: bigint): AssignedDifficulty {
    const made = assignedDifficulty(target, this.policy.dumbScryptDifficulty);
    return this.known.of(made.text, made);
  }
}
