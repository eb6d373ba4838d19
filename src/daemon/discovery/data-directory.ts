import { posix, win32 } from "node:path";
import type { Coin } from "../../bitcoin/coin.js";

/** The machine as discovery sees it; all of it is passed in, so that every system's rules are tested on one. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  readonly home: string;
  /** The text; null if there is no such file. @throws what the system says */
  readonly readFile: (path: string) => Promise<string | null>;
}

export type PathTools = Pick<typeof posix, "dirname" | "isAbsolute" | "join">;

export function pathTools(platform: NodeJS.Platform): PathTools {
  return platform === "win32" ? win32 : posix;
}

/**
 * Where the coin's daemon keeps its data if nobody says otherwise (spec/07 §1); several where systems have moved it, the
 * oldest first, as daemons look.
 */
export function dataDirectories(
  { daemon }: Coin,
  { platform, env, home }: Omit<Machine, "readFile">,
): readonly string[] {
  const { join } = pathTools(platform);
  const { directoryName } = daemon;
  if (platform === "darwin") return [join(home, "Library", "Application Support", directoryName)];
  if (platform !== "win32") return [join(home, `.${directoryName.toLowerCase()}`)];
  const roaming = env.APPDATA ?? join(home, "AppData", "Roaming");
  // New installations of Bitcoin Core 28 and later.
  const local = env.LOCALAPPDATA ?? join(home, "AppData", "Local");
  return [join(roaming, directoryName), join(local, directoryName)];
}
