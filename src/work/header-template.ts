import type { Template } from "../bitcoin/template.js";
import { hexToHash } from "../core/bytes.js";
import type { HeaderTemplate } from "./job.js";

/** Version bits that miners may roll (BIP320), and the floor of versions so that BIP9's top bits are set. */
const VERSION_ROLLING_MASK = 0x1fffe000;
const VERSION_FLOOR = 0x20000000;
/** Rollable bits are clear unless the daemon requires them, which then may not be rolled (spec/10 §8.10). */
export function headerTemplate(template: Template): HeaderTemplate {
  const versionMask = VERSION_ROLLING_MASK & ~template.requiredVersionBits;
  return {
    version: ((template.version | VERSION_FLOOR | template.requiredVersionBits) & ~versionMask) >>> 0,
    versionMask,
    previousBlock: hexToHash(template.previousBlock),
    bits: template.bits,
    time: template.time,
    minTime: template.minTime,
  };
}
