import { createReadStream, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

/**
 * Lines of a text file, unpacked where its name ends in .gz. `progress`: part of the file that was read, 0 to 1.
 * @throws what the operating system says of the file, or zlib of its contents
 */
export async function* readLines(path: string, progress: (part: number) => void): AsyncGenerator<string> {
  const size = statSync(path).size;
  const file = createReadStream(path);
  let read = 0;
  file.on("data", (chunk) => {
    read += chunk.length;
    progress(size === 0 ? 1 : read / size);
  });
  const input = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  // Errors of the file do not travel along a pipe.
  if (input !== file) file.on("error", (error) => input.destroy(error));
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

/** All of standard input as text. */
export async function readStandardInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  return text;
}
