import { writeFileSync } from "node:fs";
import { countAll } from "./counts.js";

// `npm run counts`: what the work costs from now on, for the test that holds it against `bench/counts.json`.
writeFileSync(new URL("../../bench/counts.json", import.meta.url), `${JSON.stringify(await countAll(), null, 2)}\n`);
