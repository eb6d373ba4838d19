import type { Logger } from "../../platform/log.js";
import type { AuxWork, FoundAuxBlock } from "./aux-work.js";
import type { AuxVerdict, MergedChild } from "./merged-child.js";

export interface MergedChainsOptions {
  readonly createChildren: (onWork: () => void) => readonly MergedChild[];
  readonly log: Logger;
  /** There is other work than before; compare what you use. */
  readonly onWork: (work: readonly AuxWork[]) => void;
}

/** Trees with a slot for each of more chains become very large: identities that are far apart meet in small ones. */
const ID_RANGE = 2 ** 30;

/**
 * All merged chains of a node (spec/07 §12). Two daemons of one chain are a mistake of the operator's: the first one counts.
 *
 * Life: that of its children.
 */
export class MergedChains {
  private readonly options: MergedChainsOptions;
  private readonly children: readonly MergedChild[];
  private readonly refused = new Set<MergedChild>();

  constructor(options: MergedChainsOptions) {
    this.options = options;
    this.children = options.createChildren(() => options.onWork(this.work));
  }

  /** What to commit to, one block a chain. */
  get work(): readonly AuxWork[] {
    return this.serving().flatMap(({ work }) => (work === null ? [] : [work]));
  }

  start(): void {
    for (const child of this.children) child.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map((child) => child.stop()));
  }

  /**
   * Hands a block to the chain's daemon, also while that does not answer. Null if it was accepted before, or is being handed in.
   */
  submit(found: FoundAuxBlock): Promise<AuxVerdict> | null {
    return this.childOf(found.chainId)?.submit(found) ?? null;
  }

  /** What each daemon gives now, in the order of the settings. */
  get all(): readonly MergedChild[] {
    return this.children;
  }

  /** Whether a block is what its chain works on now: one that came too late is refused for good reason. */
  isCurrent({ chainId, previousBlock, hash }: Pick<AuxWork, "chainId" | "hash" | "previousBlock">): boolean {
    const now = this.childOf(chainId)?.work ?? null;
    return now !== null && (now.hash === hash || (previousBlock !== null && now.previousBlock === previousBlock));
  }

  private childOf(chainId: number): MergedChild | undefined {
    return this.serving().find((child) => child.chainId === chainId);
  }

  /** One child a chain: the first that the operator named. */
  private serving(): readonly MergedChild[] {
    const byPlace = new Map<number, MergedChild>();
    for (const child of this.children) {
      if (child.chainId === null) continue;
      const place = child.chainId % ID_RANGE;
      const first = byPlace.get(place);
      if (first === undefined) byPlace.set(place, child);
      else this.refuse(child, first);
    }
    return [...byPlace.values()];
  }

  private refuse(child: MergedChild, first: MergedChild): void {
    if (this.refused.has(child)) return;
    this.refused.add(child);
    const details = { child: child.endpoint, first: first.endpoint, chainId: child.chainId };
    this.options.log.error(details, "two merged daemons are of one chain: the second is left out");
  }
}
