import { shareFormat } from "../sharechain/formats/index.js";
import type { ChainFigures } from "../stats/chain-figures.js";
import type { Warning } from "../web/view.js";

/** What warnings are made from; times in seconds since 1970. */
export interface WarningFacts {
  readonly now: number;
  readonly figures: ChainFigures;
  readonly daemonWarnings: readonly string[];
  /** Of the daemon, where the network wants a newer one; null otherwise. */
  readonly upgradeDaemonTo: string | null;
  /** When the daemon last gave a template; null before the first. */
  readonly lastTemplateAt: number | null;
  readonly startedAt: number;
  /** Why nothing can be stored; null if all is well. */
  readonly storeFailure: string | null;
}

type Found = Omit<Warning, "sinceAt">;

/** A template older than this means that the daemon is lost (spec/12 A.3). */
const LOST_AFTER = 60;
const PRE_RELEASE = /pre-release test build/i;

/** What an operator should know, in the order of spec/12 A.3, each with the time since when. */
export class Warnings {
  private readonly since = new Map<string, number>();

  current(facts: WarningFacts): readonly Warning[] {
    const found = [versionVote(facts), ...daemonWarnings(facts), lostContact(facts), ...storage(facts)].flatMap(
      (warning) => warning ?? [],
    );
    const ids = new Set(found.map(({ id }) => id));
    for (const id of this.since.keys()) if (!ids.has(id)) this.since.delete(id);
    return found.map((warning) => {
      const sinceAt = this.since.get(warning.id) ?? facts.now;
      this.since.set(warning.id, sinceAt);
      return { ...warning, sinceAt };
    });
  }
}

function versionVote({ figures }: WarningFacts): Found | null {
  const { votes } = figures;
  if (votes === null || votes.total === 0n) return null;
  for (const [version, work] of votes.byVersion) {
    const isKnown = version <= 0xffffn && shareFormat(Number(version)) !== null;
    if (isKnown || 2n * work <= votes.total) continue;
    const percent = Math.round((100 * Number(work)) / Number(votes.total));
    return {
      id: "version_vote",
      severity: "error",
      text: `${percent} % of the pool's work votes for share version ${version}, which this program does not know: a newer version is likely to be needed soon`,
    };
  }
  return null;
}

function daemonWarnings({ daemonWarnings: texts, upgradeDaemonTo }: WarningFacts): Found[] {
  const told = texts
    .filter((text) => !PRE_RELEASE.test(text))
    .map((text): Found => ({ id: "daemon_warning", severity: "warning", text: `(from bitcoind) ${text}` }));
  // One id each: several of the same kind are told apart by their text.
  const [first, ...more] = told;
  const list = first === undefined ? [] : [first, ...more.map((w, i) => ({ ...w, id: `daemon_warning_${i + 2}` }))];
  if (upgradeDaemonTo === null) return list;
  const text = `the coin daemon is too old: upgrade it to ${upgradeDaemonTo} or later`;
  return [...list, { id: "daemon_version", severity: "error", text }];
}

function lostContact({ now, lastTemplateAt, startedAt }: WarningFacts): Found | null {
  const seconds = now - (lastTemplateAt ?? startedAt);
  if (seconds <= LOST_AFTER) return null;
  const text = `LOST CONTACT WITH THE COIN DAEMON for ${Math.floor(seconds)} seconds! Check that it has not frozen or gone away.`;
  return { id: "daemon_lost", severity: "error", text };
}

function storage({ storeFailure }: WarningFacts): Found[] {
  return storeFailure === null
    ? []
    : [{ id: "disk", severity: "error", text: `nothing can be stored: ${storeFailure}` }];
}
