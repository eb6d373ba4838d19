import { PayoutWindow } from "./payout-window.js";
import { VoteWindow } from "./vote-window.js";

/**
 * What verifying carries from one share to the next so that a share costs what changed. It changes no answer: every part
 * gives the same whatever was asked before.
 */
export class Workspace {
  readonly payouts = new PayoutWindow();
  readonly votes = new VoteWindow();
  private scratch = new Uint8Array(0);

  /** Room for bytes that are hashed and forgotten; whoever asks next gets the same, with what was left in it. */
  readonly room = (size: number): Uint8Array => {
    if (this.scratch.length < size) this.scratch = new Uint8Array(2 * size);
    return this.scratch.subarray(0, size);
  };
}
