import type { JobRequest } from "../../work/job.js";

/** Requests that are kept; a forgotten one is made again. */
const MOST = 10_000;

/**
 * One object for all connections that ask for the same job: with new work thousands ask one after the other, and what each would
 * have to be fetched from memory for is at hand.
 */
export class SharedRequests {
  private readonly known = new Map<string, JobRequest>();

  of(request: JobRequest): JobRequest {
    const { payee, shareDifficulty } = request;
    if (payee === null) return request;
    const key = `${shareDifficulty} ${payee}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.known.size >= MOST) this.known.delete(this.known.keys().next().value!);
    this.known.set(key, request);
    return request;
  }
}
