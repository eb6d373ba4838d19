import { readdirSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// The one test file: it imports every compiled test, which is some ten times faster than a process for each.
const root = fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.js"));
for (const name of files.sort()) await import(pathToFileURL(root + name.split(sep).join("/")).href);
