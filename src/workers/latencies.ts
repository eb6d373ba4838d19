import { Histogram, type HistogramPart } from "../core/histogram.js";

/** How long miners wait, in seconds. */
export class MinerLatencies {
  /** From news to the last miner's job, handed to its socket. */
  readonly newWork = new Histogram();
  /** From a submission that was read to its reply. */
  readonly submission = new Histogram();

  add(part: LatenciesPart): void {
    this.newWork.add(part.newWork);
    this.submission.add(part.submission);
  }

  take(): LatenciesPart {
    return { newWork: this.newWork.take(), submission: this.submission.take() };
  }
}

/** Of another process, since the last time. */
export interface LatenciesPart {
  readonly newWork: HistogramPart;
  readonly submission: HistogramPart;
}
