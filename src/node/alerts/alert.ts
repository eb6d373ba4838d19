type AlertKind = "block_found" | "block_lost" | "node_unhealthy" | "stale_rate" | "worker_down";

/** Something to tell an operator who is not looking. Plain data: a webhook gets it as JSON. */
export interface Alert {
  readonly event: AlertKind;
  /** `over`: what was raised is well again. `news`: it happened, and nothing has to become well. */
  readonly state: "news" | "over" | "raised";
  readonly severity: "error" | "info" | "warning";
  readonly title: string;
  readonly text: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly network: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a watch says; sender and time are added. */
export type AlertDraft = Omit<Alert, "at" | "network">;
