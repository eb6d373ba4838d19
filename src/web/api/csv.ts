/** What a spreadsheet would take for a formula is made a text (spec/12 D.1). */
const FORMULA = /^[=+\-@\t]/;

/** A list or a series as CSV with a line of names: scalars as they are, structures as JSON. */
export function toCsv(data: unknown): string {
  const { items, t, values } = data as {
    items?: readonly Readonly<Record<string, unknown>>[];
    t?: readonly number[];
    values?: Readonly<Record<string, readonly (number | null)[]>>;
  };
  if (t !== undefined && values !== undefined) {
    const names = Object.keys(values);
    return lines(
      ["t", ...names],
      t.map((at, i) => [at, ...names.map((name) => values[name]![i] ?? null)]),
    );
  }
  const rows = items ?? [];
  const names = Object.keys(rows[0] ?? {});
  return lines(
    names,
    rows.map((row) => names.map((name) => row[name])),
  );
}

function lines(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [names, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
