/** What the page asks of the worker that verifies the whole chain. */
export interface VerifyChain {
  /** Absolute, since a worker lives elsewhere. */
  readonly api: string;
  readonly network: string;
  readonly tip: string;
  /** Shares of the best chain, as the node tells. */
  readonly height: number;
  /** Seconds since 1970. */
  readonly now: number;
}

export type ChainMessage =
  | {
      readonly kind: "progress";
      readonly what: "fetching" | "verifying";
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly kind: "done";
      readonly shares: number;
      readonly verified: number;
      /** Of the shares with enough below them to be verified, those that failed. */
      readonly refused: readonly { readonly id: string; readonly reason: string }[];
      readonly seconds: number;
    }
  | { readonly kind: "failed"; readonly reason: string };
