import { DecayedWindow } from "./decayed-window.js";
import { AddressMemory } from "./merged/address-memory.js";
import { ChildWindow } from "./merged/child-weights.js";
import { PayoutCommitment } from "./merged/payout-commitment.js";
import { PayoutWindow } from "./payout-window.js";
import type { ShareRules } from "./rules.js";

/**
 * The windows that payouts of all share versions come from; each is made when it is first asked for. They change no answer,
 * but for the address memory.
 */
export class PayoutWindows {
  readonly flat = new PayoutWindow();
  readonly addressMemory: AddressMemory;
  private readonly rules: ShareRules;
  private ofDecayed: DecayedWindow | null = null;
  private ofCommitment: PayoutCommitment | null = null;
  private readonly ofChildren = new Map<number, ChildWindow>();

  constructor(rules: ShareRules) {
    this.rules = rules;
    this.addressMemory = new AddressMemory(rules.network.mergedChains.map(({ chainId }) => chainId));
  }

  get decayed(): DecayedWindow {
    this.ofDecayed ??= new DecayedWindow(this.rules);
    return this.ofDecayed;
  }

  /** What shares commit to of all payees. */
  get commitment(): PayoutCommitment {
    this.ofCommitment ??= new PayoutCommitment(this.rules);
    return this.ofCommitment;
  }

  /** The payees of a merged chain of the network. */
  child(chainId: number): ChildWindow {
    let window = this.ofChildren.get(chainId);
    if (window === undefined) {
      window = new ChildWindow(chainId, this.addressMemory, this.rules);
      this.ofChildren.set(chainId, window);
    }
    return window;
  }
}
