import type { NodeEvent } from "../../node/events.js";
import type { SyncStatus } from "../../node/sync-progress.js";
import { formatAmount } from "../demo/report.js";

const SEVERITY = { error: "ALARM", warning: "WARNING", info: "note" } as const;

/** One line about what happened; null for what needs none. */
export function describeNodeEvent(event: NodeEvent): string | null {
  switch (event.type) {
    case "loaded":
      return `${event.shares} shares loaded, ${event.verified} of them verified`;
    case "sync":
      return describeSync(event);
    case "synced":
      return `share chain complete: ${event.shares} shares, ${event.verified} of them verified`;
    case "template":
      return `new block template: height ${event.height}, ${event.transactions} transactions`;
    case "share":
      return `GOT SHARE ${event.id.slice(-8)} by ${event.worker}${event.onTime ? "" : " DEAD ON ARRIVAL"}`;
    case "share-refused":
      return `share ${event.id.slice(-8)} refused: ${event.reason}`;
    case "block-found":
      return `GOT BLOCK ${event.hash} height ${event.height} by ${event.worker}, ${formatAmount(event.subsidy)}`;
    case "block-judged":
      // With a word of the daemon it lies beside the best chain, or had come by P2P already.
      if (event.accepted === true) return `block ${event.hash} accepted by the daemon${note(event.reason)}`;
      return `block ${event.hash} NOT accepted: ${event.reason ?? "no reason was given"}`;
    case "block-fate":
      if (event.fate === "confirmed") return `block ${event.hash} confirmed: ${event.confirmations} blocks deep`;
      if (event.fate === "orphaned")
        return `block ${event.hash} height ${event.height} ORPHANED: the best chain goes past it`;
      return `block ${event.hash} height ${event.height} is in the best chain again`;
    case "merged-found":
      return `GOT MERGED BLOCK ${event.hash} of chain ${event.chainId} by ${event.worker}`;
    case "merged-judged":
      return `merged block ${event.hash} of chain ${event.chainId} ${mergedVerdict(event)}`;
    case "pool-block":
      // Of one found here more is told.
      return event.mine ? null : `POOL BLOCK ${event.hash}${atHeight(event.height)} by ${event.finder}`;
    case "warning":
      return event.isOver ? `over: ${event.text}` : `${SEVERITY[event.severity]}: ${event.text}`;
    case "tip":
      return null;
  }
}

function describeSync({ shares, sharesNeeded, verified, verifiedNeeded, secondsLeft }: SyncStatus): string {
  const left = secondsLeft === null ? "" : `, about ${secondsLeft} s left`;
  return `getting the share chain: ${shares} of ${sharesNeeded} shares, ${verified} of ${verifiedNeeded} verified${left}`;
}

function mergedVerdict(event: Extract<NodeEvent, { type: "merged-judged" }>): string {
  if (event.accepted === true) return "accepted by its daemon";
  if (event.accepted === null) return `NOT handed in: ${event.reason ?? "its daemon did not answer"}`;
  return event.isLate ? "came too late" : `NOT accepted: ${event.reason ?? "its daemon gave no reason"}`;
}

function atHeight(height: number | null): string {
  return height === null ? "" : ` height ${height}`;
}

function note(reason: string | null): string {
  return reason === null || reason === "duplicate" ? "" : ` (${reason})`;
}
