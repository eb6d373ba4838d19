import { type Adoption, AdoptionWindow } from "./adoption-window.js";
import type { ShareFormat } from "./formats/index.js";
import { RememberedSignatures } from "./messages.js";
import { PayoutWindows } from "./payout-windows.js";
import type { ShareRules } from "./rules.js";
import type { ShareNode } from "./share-node.js";
import type { ChainCounts } from "./versions.js";
import { type Votes, VoteWindow } from "./vote-window.js";

/**
 * What verifying carries from one share to the next so that a share costs what changed. It changes no answer: every part
 * gives the same whatever was asked before.
 */
export class Workspace implements ChainCounts {
  readonly windows: PayoutWindows;
  private readonly voteWindow = new VoteWindow();
  readonly signatures = new RememberedSignatures();
  private readonly adoptions = new Map<ShareFormat, AdoptionWindow>();
  private scratch = new Uint8Array(0);

  constructor(rules: ShareRules) {
    this.windows = new PayoutWindows(rules);
  }

  /** Votes of `count` shares from `from` down. */
  votes(from: ShareNode, count: number): Votes {
    return this.voteWindow.votes(from, count);
  }

  /** How far the chain under `from` has come on its way to a format. */
  adoption(format: ShareFormat, from: ShareNode, count: number): Adoption {
    let window = this.adoptions.get(format);
    if (window === undefined) {
      window = new AdoptionWindow(format);
      this.adoptions.set(format, window);
    }
    return window.adoption(from, count);
  }

  /** Room for bytes that are hashed and forgotten; whoever asks next gets the same, with what was left in it. */
  readonly room = (size: number): Uint8Array => {
    if (this.scratch.length < size) this.scratch = new Uint8Array(2 * size);
    return this.scratch.subarray(0, size);
  };
}
