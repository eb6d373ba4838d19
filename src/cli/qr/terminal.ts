import { type QrCode, qrCode } from "./qr-code.js";

/** Light modules around a code, without which readers do not find it. */
const QUIET = 2;

/**
 * A text as a QR code for a terminal, two modules a character; null if it is too long. Dark on light whatever the terminal's
 * colours are.
 */
export function terminalQr(text: string): string[] | null {
  const code = qrCode(text);
  if (code === null) return null;
  const size = code.length + 2 * QUIET;
  const lines: string[] = [];
  for (let y = 0; y < size; y += 2) {
    let line = "";
    for (let x = 0; x < size; x++) line += BLOCKS[Number(isDark(code, x, y)) + 2 * Number(isDark(code, x, y + 1))]!;
    lines.push(`\u001b[30;107m${line}\u001b[0m`);
  }
  return lines;
}

/** By upper and lower half: none, upper, lower, both. */
const BLOCKS = [" ", "▀", "▄", "█"];

function isDark(code: QrCode, x: number, y: number): boolean {
  return code[y - QUIET]?.[x - QUIET] ?? false;
}
