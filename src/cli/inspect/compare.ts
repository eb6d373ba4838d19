/** What two reports of `p2pool inspect chain --json` disagree about. */
export interface Disagreement {
  /** A member of the reports, or a share. */
  readonly about: string;
  readonly first: string;
  readonly second: string;
}

export type Report = Readonly<Record<string, unknown>>;

/** Members that have to be equal; others may differ between versions, such as the words of a reason. */
const COMPARED = ["network", "shares", "verified", "duplicates", "heads", "tails", "payouts"];
/** Of a share that a report does not have. */
const NOTHING = "nothing";
/** Texts longer than that are cut: heads and payouts may be many. */
const MOST_CHARACTERS = 200;

/** What a program may say whose reasons to refuse a share have other names than ours. */
const REFUSED = "refused";

/**
 * A report as `inspect chain --json` makes it, or what another program needs at least: verdicts. Verdicts may come in the form of
 * the vectors, too: shares with their hash and result. Null for anything else.
 */
export function reportOf(value: unknown): Report | null {
  if (!isRecord(value)) return null;
  if (isRecord(value.verdicts) || Array.isArray(value.refused)) return value;
  if (!Array.isArray(value.shares)) return null;
  const verdicts: Record<string, unknown> = {};
  for (const share of value.shares as readonly unknown[]) {
    const [hash, result] = [memberOf(share, "hash"), memberOf(share, "result")];
    const verdict = isRecord(result) ? result.error : result;
    if (typeof hash !== "string" || typeof verdict !== "string") return null;
    verdicts[hash] = verdict;
  }
  return { verdicts };
}

/**
 * Compares two reports of one share log, whoever made them, by what both of them tell: verdicts share by share, else which shares
 * were refused; the best share and where it stands; everything else by member. Reasons are not compared, codes are, where they
 * are more than that a share was refused. Empty if they agree.
 */
export function compareReports(first: Report, second: Report): Disagreement[] {
  const found: Disagreement[] = [];
  const compare = (about: string, a: unknown, b: unknown): void => {
    if (canonical(a) !== canonical(b)) found.push({ about, first: short(a), second: short(b) });
  };
  const bothHave = (name: string): boolean => name in first && name in second;
  for (const name of COMPARED) if (bothHave(name)) compare(name, first[name], second[name]);
  if (bothHave("badLines")) compare("badLines", linesOf(first), linesOf(second));
  if (!bothHave("verdicts")) compareMaps("refused ", refusedOf(first), refusedOf(second), compare);
  compareMaps("share ", first.verdicts, second.verdicts, (about, a, b) => {
    const isSame = (a === REFUSED && isCode(b)) || (b === REFUSED && isCode(a));
    if (!isSame) compare(about, a, b);
  });
  if (bothHave("best")) {
    for (const name of ["id", "height", "verifiedHeight", "nextVersion"]) {
      compare(`best ${name}`, memberOf(first.best, name), memberOf(second.best, name));
    }
  }
  return found;
}

function isCode(verdict: unknown): boolean {
  return verdict !== "verified" && verdict !== NOTHING;
}

function compareMaps(
  about: string,
  first: unknown,
  second: unknown,
  compare: (about: string, a: unknown, b: unknown) => void,
): void {
  if (!isRecord(first) || !isRecord(second)) return;
  for (const key of new Set([...Object.keys(first), ...Object.keys(second)])) {
    compare(about + key, first[key] ?? NOTHING, second[key] ?? NOTHING);
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
