import { P2PoolError } from "../core/errors.js";

/**
 * The tree of items by hash and previous hash in which parents may be absent (spec/04 §1). Items known to hang together
 * form a fragment; inside one, `position` grows by one and `cumulative` sums by the item's own from parent to child, so
 * heights and sums are differences, whatever the length. An item that appears below a fragment takes the position under
 * it; when two fragments meet, the smaller one is renumbered. Adding n items in any order costs O(n log n) in all.
 */
export interface ForestItem {
  readonly id: string;
  readonly parentId: string | null;
  readonly work: bigint;
  readonly minWork: bigint;
}

export class ForestError extends P2PoolError<{
  code: "FOREST_DUPLICATE" | "FOREST_NO_ANCESTOR" | "FOREST_NOT_REMOVABLE";
}> {}

export class ForestNode<T extends ForestItem> {
  readonly item: T;
  /** Null if the parent is absent. */
  parent: ForestNode<T> | null = null;
  children: ForestNode<T>[] = [];
  /** @internal */
  fragment: Fragment<T>;
  /** @internal */
  position: number;
  /** @internal Work from the fragment's origin up to and including this item. */
  cumulativeWork: bigint;
  /** @internal */
  cumulativeMinWork: bigint;
  /** @internal Ancestor `lowestBit(position)` steps down; undefined until somebody needed it, and may have been removed. */
  jump: ForestNode<T> | undefined = undefined;
  /** @internal Whether it was taken out; whoever still holds it must look for another one of the same id. */
  removed = false;

  constructor(item: T, fragment: Fragment<T>, position: number, work: bigint, minWork: bigint) {
    this.item = item;
    this.fragment = fragment;
    this.position = position;
    this.cumulativeWork = work;
    this.cumulativeMinWork = minWork;
  }

  get id(): T["id"] {
    return this.item.id;
  }

  /** Items from this one down to the last known, included. */
  get height(): number {
    return this.position - this.fragment.base + 1;
  }

  /** First missing hash below; null if the chain is known from its start. */
  get last(): string | null {
    return this.fragment.tail;
  }

  /** Sum of the work from this item down to the last known. */
  get work(): bigint {
    return this.cumulativeWork - this.fragment.floorWork;
  }

  get minWork(): bigint {
    return this.cumulativeMinWork - this.fragment.floorMinWork;
  }

  /** Work from this item down to, not including, an ancestor. */
  workSince(ancestor: ForestNode<T>): bigint {
    return this.cumulativeWork - ancestor.cumulativeWork;
  }

  minWorkSince(ancestor: ForestNode<T>): bigint {
    return this.cumulativeMinWork - ancestor.cumulativeMinWork;
  }

  /**
   * The item `distance` steps down; null for distance = height, where the first missing item would be. O(log² height)
   * through remembered jumps. @throws ForestError past that.
   */
  ancestor(distance: number): ForestNode<T> | null {
    const height = this.height;
    if (distance === height) return null;
    if (distance > height || distance < 0) {
      throw new ForestError(`no ancestor ${distance} steps down at height ${height}`, { code: "FOREST_NO_ANCESTOR" });
    }
    return this.descendTo(this.position - distance);
  }

  private descendTo(position: number): ForestNode<T> {
    let node: ForestNode<T> = this;
    while (node.position > position) {
      const reach = lowestBit(node.position);
      node = node.position - reach >= position ? node.jumpDown(reach) : node.parent!;
    }
    return node;
  }

  private jumpDown(reach: number): ForestNode<T> {
    if (this.jump === undefined || this.jump.removed) {
      this.jump = reach === 1 ? this.parent! : this.parent!.descendTo(this.position - reach);
    }
    return this.jump;
  }

  /** Whether this item is `ancestor` or on top of it. */
  isChildOf(ancestor: ForestNode<T>): boolean {
    return (
      this.fragment === ancestor.fragment &&
      this.position >= ancestor.position &&
      this.descendTo(ancestor.position) === ancestor
    );
  }

  /** This item and its ancestors, `count` of them. */
  *chain(count: number): Generator<ForestNode<T>> {
    let node: ForestNode<T> | null = this;
    for (let i = 0; i < count; i++) {
      if (node === null) {
        throw new ForestError(`chain is shorter than ${count}`, { code: "FOREST_NO_ANCESTOR" });
      }
      yield node;
      node = node.parent;
    }
  }
}

/** Most items have one child at most; an empty list that is pushed to would take room for seventeen. */
function addChild<T extends ForestItem>(parent: ForestNode<T>, child: ForestNode<T>): void {
  if (parent.children.length === 0) parent.children = [child];
  else parent.children.push(child);
}

/** The largest power of two that divides a position; any position is reached for 0. */
function lowestBit(position: number): number {
  return position === 0 ? 2 ** 30 : position & -position;
}

/** Items with the same first missing hash. */
export interface Fragment<T extends ForestItem> {
  tail: string | null;
  /** Position of the items directly on the tail. */
  base: number;
  floorWork: bigint;
  floorMinWork: bigint;
  size: number;
  readonly heads: Set<ForestNode<T>>;
  readonly roots: Set<ForestNode<T>>;
}

export interface ForestObserver<T extends ForestItem> {
  added?(node: ForestNode<T>): void;
  removed?(node: ForestNode<T>): void;
}

export class Forest<T extends ForestItem> {
  private readonly nodes = new Map<string, ForestNode<T>>();
  /** By tail. */
  private readonly fragments = new Map<string | null, Fragment<T>>();
  private readonly observers = new Set<ForestObserver<T>>();

  get size(): number {
    return this.nodes.size;
  }

  get(id: string | null): ForestNode<T> | undefined {
    return id === null ? undefined : this.nodes.get(id);
  }

  has(id: string): boolean {
    return this.nodes.has(id);
  }

  all(): IterableIterator<ForestNode<T>> {
    return this.nodes.values();
  }

  /** Items with nothing on top. */
  *heads(): Generator<ForestNode<T>> {
    for (const fragment of this.fragments.values()) yield* fragment.heads;
  }

  /** Missing hashes that items build on, null for the start of a chain, each with the heads above it. */
  tails(): ReadonlyMap<string | null, { readonly heads: ReadonlySet<ForestNode<T>> }> {
    return this.fragments;
  }

  /** Items whose parent is `id`, which may itself be absent or null. */
  childrenOf(id: string | null): readonly ForestNode<T>[] {
    const node = this.get(id);
    if (node !== undefined) return node.children;
    return [...(this.fragments.get(id)?.roots ?? [])];
  }

  height(id: string | null): number {
    return this.get(id)?.height ?? 0;
  }

  /** First missing hash at or below `id`; an id that is not an item is its own. */
  last(id: string | null): string | null {
    const node = this.get(id);
    return node === undefined ? id : node.last;
  }

  observe(observer: ForestObserver<T>): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /** @throws ForestError if an item with this hash is present. */
  add(item: T): ForestNode<T> {
    if (this.nodes.has(item.id)) throw new ForestError(`${item.id} is present`, { code: "FOREST_DUPLICATE" });
    const parent = this.get(item.parentId) ?? null;
    const above = this.fragments.get(item.id);
    const below = parent?.fragment ?? this.fragments.get(item.parentId);
    const node =
      below === undefined && above !== undefined
        ? this.addUnder(above, item)
        : this.addOnto(below ?? this.newFragment(item.parentId), parent, item);
    this.nodes.set(item.id, node);
    if (above === undefined) node.fragment.heads.add(node);
    else if (node.fragment !== above) this.join(node, above);
    for (const observer of this.observers) observer.added?.(node);
    return node;
  }

  private newFragment(tail: string | null): Fragment<T> {
    const fragment: Fragment<T> = {
      tail,
      base: 0,
      floorWork: 0n,
      floorMinWork: 0n,
      size: 0,
      heads: new Set(),
      roots: new Set(),
    };
    this.fragments.set(tail, fragment);
    return fragment;
  }

  /** The item is the one that a whole fragment was waiting for, and nothing is known below it. */
  private addUnder(fragment: Fragment<T>, item: T): ForestNode<T> {
    const node = new ForestNode(item, fragment, fragment.base - 1, fragment.floorWork, fragment.floorMinWork);
    this.adopt(node, fragment.roots);
    fragment.roots.add(node);
    this.lowerTail(fragment, item.parentId, -1, -item.work, -item.minWork);
    fragment.size++;
    return node;
  }

  private addOnto(fragment: Fragment<T>, parent: ForestNode<T> | null, item: T): ForestNode<T> {
    const node = new ForestNode(
      item,
      fragment,
      parent === null ? fragment.base : parent.position + 1,
      (parent === null ? fragment.floorWork : parent.cumulativeWork) + item.work,
      (parent === null ? fragment.floorMinWork : parent.cumulativeMinWork) + item.minWork,
    );
    fragment.size++;
    if (parent === null) fragment.roots.add(node);
    else {
      node.parent = parent;
      addChild(parent, node);
      fragment.heads.delete(parent);
    }
    return node;
  }

  /** Makes a fragment's roots the children of the item they were waiting for. */
  private adopt(node: ForestNode<T>, roots: Set<ForestNode<T>>): void {
    for (const root of roots) {
      root.parent = node;
      addChild(node, root);
    }
    roots.clear();
  }

  private lowerTail(fragment: Fragment<T>, tail: string | null, steps: number, work: bigint, minWork: bigint): void {
    this.fragments.delete(fragment.tail);
    fragment.tail = tail;
    fragment.base += steps;
    fragment.floorWork += work;
    fragment.floorMinWork += minWork;
    this.fragments.set(tail, fragment);
  }

  /** `node` is the tail of `above` and already stands in another fragment: both become one. */
  private join(node: ForestNode<T>, above: Fragment<T>): void {
    const below = node.fragment;
    const steps = node.position + 1 - above.base;
    const work = node.cumulativeWork - above.floorWork;
    const minWork = node.cumulativeMinWork - above.floorMinWork;
    const aboveRoots = [...above.roots];
    this.fragments.delete(above.tail);
    if (above.size <= below.size) {
      this.renumber(aboveRoots, below, steps, work, minWork);
      below.size += above.size;
      for (const head of above.heads) below.heads.add(head);
    } else {
      this.renumber([...below.roots], above, -steps, -work, -minWork);
      above.size += below.size;
      for (const head of below.heads) above.heads.add(head);
      above.tail = below.tail;
      above.base = below.base - steps;
      above.floorWork = below.floorWork - work;
      above.floorMinWork = below.floorMinWork - minWork;
      above.roots.clear();
      for (const root of below.roots) above.roots.add(root);
      this.fragments.set(above.tail, above);
    }
    this.adopt(node, new Set(aboveRoots));
  }

  /** Moves whole subtrees into another fragment's numbering. */
  private renumber(
    roots: readonly ForestNode<T>[],
    into: Fragment<T>,
    steps: number,
    work: bigint,
    minWork: bigint,
  ): ForestNode<T>[] {
    const moved = [...roots];
    for (let i = 0; i < moved.length; i++) {
      const node = moved[i]!;
      node.fragment = into;
      node.position += steps;
      node.cumulativeWork += work;
      node.cumulativeMinWork += minWork;
      if (steps !== 0) node.jump = undefined;
      moved.push(...node.children);
    }
    return moved;
  }

  /**
   * Removes a head, or an item directly on a tail (spec/04 §1.3). @throws ForestError for one in the middle of a chain;
   * nothing is changed then.
   */
  remove(id: string): void {
    const node = this.nodes.get(id);
    const isHead = node !== undefined && node.children.length === 0;
    if (node === undefined || (!isHead && node.parent !== null)) {
      throw new ForestError(`${id} is neither a head nor on a tail`, { code: "FOREST_NOT_REMOVABLE" });
    }
    if (isHead) this.removeHead(node);
    else if (node.fragment.roots.size === 1) this.removeOnlyRoot(node);
    else this.splitOff(node);
    this.nodes.delete(id);
    node.removed = true;
    // A removed item must not keep older removed ones alive.
    node.parent = null;
    node.children = [];
    node.jump = undefined;
    for (const observer of this.observers) observer.removed?.(node);
  }

  private removeHead(node: ForestNode<T>): void {
    const { fragment, parent } = node;
    fragment.heads.delete(node);
    fragment.size--;
    if (parent !== null) {
      parent.children.splice(parent.children.indexOf(node), 1);
      if (parent.children.length === 0) fragment.heads.add(parent);
      return;
    }
    fragment.roots.delete(node);
    if (fragment.roots.size === 0) this.fragments.delete(fragment.tail);
  }

  private removeOnlyRoot(node: ForestNode<T>): void {
    const { fragment } = node;
    this.lowerTail(fragment, node.id, 1, node.item.work, node.item.minWork);
    fragment.size--;
    fragment.roots.clear();
    for (const child of node.children) {
      child.parent = null;
      fragment.roots.add(child);
    }
  }

  /** Other items stand on the same tail: what is above `node` becomes a fragment of its own. */
  private splitOff(node: ForestNode<T>): void {
    const { fragment } = node;
    fragment.roots.delete(node);
    const own = this.newFragment(node.id);
    own.base = node.position + 1;
    own.floorWork = node.cumulativeWork;
    own.floorMinWork = node.cumulativeMinWork;
    for (const child of node.children) {
      child.parent = null;
      own.roots.add(child);
    }
    const moved = this.renumber(node.children, own, 0, 0n, 0n);
    own.size = moved.length;
    fragment.size -= moved.length + 1;
    for (const head of moved) if (fragment.heads.delete(head)) own.heads.add(head);
  }
}
