/** A queue with two ends in a ring that grows by doubling; every operation takes constant time on average. */
export class Deque<T> {
  private ring: (T | undefined)[] = new Array(16);
  private first = 0;
  private size = 0;

  get length(): number {
    return this.size;
  }

  front(): T | undefined {
    return this.size === 0 ? undefined : this.ring[this.first];
  }

  back(): T | undefined {
    return this.size === 0 ? undefined : this.ring[(this.first + this.size - 1) & (this.ring.length - 1)];
  }

  /** The item `index` places behind the front. */
  at(index: number): T | undefined {
    return index < 0 || index >= this.size ? undefined : this.ring[(this.first + index) & (this.ring.length - 1)];
  }

  pushFront(item: T): void {
    this.reserve();
    this.first = (this.first - 1) & (this.ring.length - 1);
    this.ring[this.first] = item;
    this.size++;
  }

  pushBack(item: T): void {
    this.reserve();
    this.ring[(this.first + this.size) & (this.ring.length - 1)] = item;
    this.size++;
  }

  popFront(): T | undefined {
    const item = this.front();
    if (this.size > 0) {
      this.ring[this.first] = undefined;
      this.first = (this.first + 1) & (this.ring.length - 1);
      this.size--;
    }
    return item;
  }

  popBack(): T | undefined {
    const item = this.back();
    if (this.size > 0) {
      this.size--;
      this.ring[(this.first + this.size) & (this.ring.length - 1)] = undefined;
    }
    return item;
  }

  clear(): void {
    this.ring = new Array(16);
    this.first = 0;
    this.size = 0;
  }

  private reserve(): void {
    if (this.size < this.ring.length) return;
    const bigger: (T | undefined)[] = new Array(2 * this.ring.length);
    for (let i = 0; i < this.size; i++) bigger[i] = this.ring[(this.first + i) & (this.ring.length - 1)];
    this.ring = bigger;
    this.first = 0;
  }
}
