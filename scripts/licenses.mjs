// The notices that the licences of bundled packages ask for.
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** The notice of every package that one of the modules belongs to. */
export function collectLicenses(what, modules) {
  const folders = new Set();
  const marker = `${sep}node_modules${sep}`;
  for (const id of modules) {
    const at = id.lastIndexOf(marker);
    if (at < 0) continue;
    const parts = id.slice(at + marker.length).split(sep);
    const name = parts[0].startsWith("@") ? parts.slice(0, 2) : parts.slice(0, 1);
    folders.add(join(id.slice(0, at + marker.length), ...name));
  }
  const sections = [...folders].sort().map(licenseOf);
  const intro = `${what} in this folder contains code of the following packages.\n`;
  return `${[intro, ...sections].join(`\n${"-".repeat(80)}\n\n`)}\n`;
}

function licenseOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : licenseInReadme(folder);
  if (text === null) throw new Error(`${name} ${version} brings no licence notice (${license}, ${author})`);
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** Some packages keep the notice as the last chapter of their README. */
function licenseInReadme(folder) {
  const file = readdirSync(folder).find((entry) => /^readme/i.test(entry));
  if (!file) return null;
  const chapter = /^#+ *licen[cs]e[^\n]*\n([\s\S]*?Copyright[\s\S]*?)(?=^#+ |^\[|(?![\s\S]))/im.exec(
    readFileSync(join(folder, file), "utf8"),
  );
  return chapter ? chapter[1].trim() : null;
}
