/** Bytes that are taken together. */
const SLAB_BYTES = 65_536;

/**
 * Memory for many small arrays of bytes that come and go together, such as those of the jobs of one tip: each is a part of a large
 * one, so that none is memory of its own to find and to free. A slab lives until the last of its parts is gone.
 */
export class Slab<T extends Uint8Array> {
  private readonly make: (size: number) => T;
  private slab: T;
  private used = 0;

  /** `make`: an array of so many bytes. */
  constructor(make: (size: number) => T) {
    this.make = make;
    this.slab = make(0);
  }

  /** So many bytes that nobody else gets. */
  readonly room = (size: number): T => {
    if (this.used + size > this.slab.length) {
      this.slab = this.make(Math.max(size, SLAB_BYTES));
      this.used = 0;
    }
    const start = this.used;
    this.used += size;
    return this.slab.subarray(start, this.used) as T;
  };
}
