import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

function pages(): string[] {
  return [ROOT, join(ROOT, "docs")].flatMap((folder) =>
    readdirSync(folder).flatMap((name) => (name.endsWith(".md") ? [join(folder, name)] : [])),
  );
}

/** As code forges make them of headings. */
function anchors(page: string): Set<string> {
  const headings = readFileSync(page, "utf8").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, text]) =>
      text!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe("documents", () => {
  test("links lead to files and headings that there are", () => {
    const broken: string[] = [];
    let count = 0;
    for (const page of pages()) {
      // What is code is no link.
      const text = readFileSync(page, "utf8")
        .replaceAll(/^ {4}.*$/gm, "")
        .replaceAll(/`[^`\n]*`/g, "");
      for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link!)) continue;
        count++;
        const [file, anchor] = link!.split("#") as [string, string | undefined];
        const target = file === "" ? page : join(dirname(page), file);
        const isThere = existsSync(target) && (anchor === undefined || anchors(target).has(anchor));
        if (!isThere) broken.push(`${relative(ROOT, page)}: ${link}`);
      }
    }
    assert.ok(count > 20, `${count} links`);
    assert.deepEqual(broken, []);
  });
});
