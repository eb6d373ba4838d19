import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A place for data that can be without room for more, and get it back. */
export interface FullableDisk {
  readonly folder: string;
  fill(pid: number): void;
  free(pid: number): void;
  end(): void;
}

/** The system lets a process write no further in any file: works for everybody, and as well as a quota. */
export function limitedProcess(): FullableDisk {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-limit-"));
  const limit = (pid: number, soft: string): void => {
    const { status, stderr } = spawnSync("prlimit", ["--pid", `${pid}`, `--fsize=${soft}:unlimited`]);
    if (status !== 0) throw new Error(String(stderr));
  };
  return {
    folder,
    fill: (pid) => limit(pid, "1"),
    free: (pid) => limit(pid, "unlimited"),
    end: () => rmSync(folder, { recursive: true }),
  };
}

const SIZE = 16 * 2 ** 20;

/** A small file system of its own, filled by another file; null where this user may not mount one. */
export function smallFileSystem(): FullableDisk | null {
  const folder = mkdtempSync(join(tmpdir(), "p2pool-full-"));
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "none", folder]).status !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  const filler = join(folder, "filler");
  return {
    folder,
    fill: () => {
      for (let bytes = SIZE; bytes >= 1; bytes = Math.floor(bytes / 2)) {
        try {
          for (;;) writeFileSync(filler, new Uint8Array(bytes), { flag: "a" });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        }
      }
    },
    free: () => rmSync(filler),
    end: () => {
      spawnSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
