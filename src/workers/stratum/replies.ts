/** What has replies to write. */
interface Replier {
  flush(): void;
}

/** Replies that wait at most: each takes some 30 µs to work out, so the first waits about a millisecond. */
const MOST = 32;

/**
 * Replies of one turn of the event loop, written one after the other: a write that finds its reader asleep has to wake it. Where
 * many miners hand in at once a quarter more submissions are judged.
 */
export class Replies {
  private waiting: Replier[] = [];
  private turn: NodeJS.Immediate | null = null;

  /** To be flushed soon. */
  add(replier: Replier): void {
    this.waiting.push(replier);
    if (this.waiting.length >= MOST) this.write();
    else this.turn ??= setImmediate(this.write);
  }

  private readonly write = (): void => {
    if (this.turn !== null) clearImmediate(this.turn);
    this.turn = null;
    const { waiting } = this;
    this.waiting = [];
    for (const replier of waiting) replier.flush();
  };
}
