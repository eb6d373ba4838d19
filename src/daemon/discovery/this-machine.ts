import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import type { Machine } from "./data-directory.js";

export const thisMachine: Machine = {
  platform: process.platform,
  env: process.env,
  home: homedir(),
  readFile: async (path) => {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return null;
      throw error;
    }
  },
};
