import { equalBytes } from "../../core/bytes.js";
import { errorMessage } from "../../core/errors.js";
import type { PoolNetwork } from "../../networks/index.js";
import { loadShare, ShareError, ShareRules, Tracker } from "../../sharechain/index.js";
import type { Database } from "../../store/database.js";
import type { Store } from "../../store/store.js";
import { type StoreSurvey, surveyStore } from "../../store/survey.js";
import { evaluateUnaided } from "../inspect/evaluate.js";

export interface CheckReport {
  readonly network: string;
  readonly ok: boolean;
  readonly survey: StoreSurvey;
  /** One line each for what is wrong; no other record is affected by any. */
  readonly problems: readonly string[];
  /** By rules alone, without the marks of the store. */
  readonly best: { readonly id: string; readonly height: number; readonly verifiedHeight: number } | null;
  readonly verified: number;
  readonly heads: number;
}

/**
 * Looks at every record and verifies the whole chain again, as a node that knows nothing else. `store` is open on `database`,
 * and its shares have not been loaded. `progress`: 0 to 1. @throws StoreError
 */
export async function checkStore(
  store: Store,
  database: Database,
  network: PoolNetwork,
  now: number,
  progress: (what: string, part: number) => void,
): Promise<CheckReport> {
  const survey = await surveyStore(database);
  const problems = survey.damaged.map(({ key, reason }) => `${reason} (${key.slice(0, 74)})`);
  const tracker = new Tracker(new ShareRules(network));
  const marked = new Set<string>();
  let read = 0;
  for await (const portion of store.shares.load()) {
    for (const { id, raw, powHash, isVerified } of portion) {
      if (isVerified) marked.add(id);
      try {
        const share = loadShare(raw, tracker.rules);
        if (share.id !== id) problems.push(`share ${id} is kept under another's name: it is ${share.id}`);
        else if (!equalBytes(share.powHash, powHash)) problems.push(`share ${id} has another proof of work than noted`);
        else tracker.add(share, 0);
      } catch (error) {
        if (!(error instanceof ShareError)) throw error;
        problems.push(`share ${id} is none: ${errorMessage(error)}`);
      }
      progress("reading", ++read / Math.max(1, survey.shares));
    }
  }
  const { decision, refused } = evaluateUnaided(tracker, now, (part) => progress("verifying", part));
  for (const [id, { verdict }] of refused) {
    if (marked.has(id)) problems.push(`share ${id} is marked as verified, and breaks a rule: ${verdict.reason}`);
  }
  const best = decision.outcome === "decided" ? decision.best : null;
  return {
    network: network.name,
    ok: problems.length === 0,
    survey,
    problems,
    best: best === null ? null : { id: best.id, height: best.height, verifiedHeight: tracker.verified.height(best.id) },
    verified: tracker.verified.size,
    heads: [...tracker.main.heads()].length,
  };
}
