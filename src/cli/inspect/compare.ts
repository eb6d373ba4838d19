/** What two reports of `p2pool inspect chain --json` disagree about. */
export interface Disagreement {
  /** A member of the reports, or a share. */
  readonly about: string;
  readonly first: string;
  readonly second: string;
}

type Report = Readonly<Record<string, unknown>>;

/** Members that have to be equal; others may differ between versions, such as the words of a reason. */
const COMPARED = ["network", "shares", "verified", "duplicates", "heads", "tails", "payouts"];
/** Texts longer than that are cut: heads and payouts may be many. */
const MOST_CHARACTERS = 200;

/**
 * Compares two reports of one share log, whoever made them: verdicts share by share, where both have them; the best share and
 * where it stands; everything else by member. Reasons are not compared, codes are. Empty if they agree.
 */
export function compareReports(first: Report, second: Report): Disagreement[] {
  const found: Disagreement[] = [];
  const compare = (about: string, a: unknown, b: unknown): void => {
    if (canonical(a) !== canonical(b)) found.push({ about, first: short(a), second: short(b) });
  };
  for (const name of COMPARED) if (name in first && name in second) compare(name, first[name], second[name]);
  compare("badLines", linesOf(first), linesOf(second));
  compareMaps("refused ", refusedOf(first), refusedOf(second), compare);
  compareMaps("share ", first.verdicts, second.verdicts, compare);
  for (const name of ["id", "height", "verifiedHeight", "nextVersion"]) {
    compare(`best ${name}`, memberOf(first.best, name), memberOf(second.best, name));
  }
  return found;
}

function compareMaps(
  about: string,
  first: unknown,
  second: unknown,
  compare: (about: string, a: unknown, b: unknown) => void,
): void {
  if (!isRecord(first) || !isRecord(second)) return;
  for (const key of new Set([...Object.keys(first), ...Object.keys(second)])) {
    compare(about + key, first[key] ?? "nothing", second[key] ?? "nothing");
  }
}

function refusedOf({ refused }: Report): Record<string, unknown> | null {
  if (!Array.isArray(refused)) return null;
  return Object.fromEntries(refused.map((entry: unknown) => [String(memberOf(entry, "id")), memberOf(entry, "code")]));
}

function linesOf({ badLines }: Report): unknown {
  return Array.isArray(badLines) ? badLines.map((entry: unknown) => memberOf(entry, "line")) : badLines;
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same text for the same value: members in order; a list of objects counts as a set. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    return `[${(value.some(isRecord) ? items.sort() : items).join()}]`;
  }
  if (!isRecord(value)) return JSON.stringify(value) ?? "null";
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
