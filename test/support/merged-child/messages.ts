/** What the child's thread is told at its start. */
export interface MergedChildData {
  readonly chainId: number;
  readonly bits: number;
  /** Proof of work of the parent chain. */
  readonly pow: "scrypt" | "sha256d";
  readonly user: string;
  readonly password: string;
  /** Methods that it says it does not know. */
  readonly lacks: readonly string[];
  /** A free port, for what bcoin listens on by itself. */
  readonly ownPort: number;
}

export type MergedChildMessage = { readonly kind: "ready"; readonly port: number };
