/** Debian's, as the browser tests use it. */
export const CHROMIUM = "/usr/bin/chromium";
