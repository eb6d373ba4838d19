import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MUTANTS, type Mutant } from "./rules.js";

/** Path of the file that a mutant changes, from the root of the program. */
export function mutatedPath({ file }: Mutant): string {
  return `dist/src/sharechain/${file}.js`;
}

/** Mutants whose text does not stand exactly once where they say: the table is behind the program. */
export function outdated(): string[] {
  const root = new URL("../../../", import.meta.url);
  return MUTANTS.filter((mutant) => {
    const text = readFileSync(fileURLToPath(new URL(mutatedPath(mutant), root)), "utf8");
    return text.split(mutant.find).length !== 2;
  }).map((mutant) => `${mutatedPath(mutant)}: ${JSON.stringify(mutant.find)}`);
}
