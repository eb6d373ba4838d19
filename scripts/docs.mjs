// Writes what documents take from the program: the options and the manual page.
import { writeFileSync } from "node:fs";
import { COMMANDS } from "../dist/src/cli/commands/all.js";
import { manPage, optionsMarkdown } from "../dist/src/cli/option-docs.js";
import { VERSION } from "../dist/src/platform/version.js";

writeFileSync(new URL("../docs/OPTIONS.md", import.meta.url), optionsMarkdown(COMMANDS));
writeFileSync(new URL("../docs/p2pool.1", import.meta.url), manPage(COMMANDS, VERSION));
