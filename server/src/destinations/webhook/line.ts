/** What can stand in a line: it holds its neighbours itself. In one line at a time. */
export interface InLine<Item> {
  previous: Item | null;
  next: Item | null;
}

/**
 * Items in the order in which they came, each of which may leave at any time. A `Set` says the same, and makes the collector
 * keep nearly everything that ever stood in it: its table is made anew after some hundred changes, the old one points to
 * the new one, and once one of them has grown old, all that follow grow old with it, with what they held. (Of a delivery
 * 2.8 KB outlived their time, and the collector took a quarter of the processor time.) So who leaves here lets go of its neighbours.
 */
export class Line<Item extends InLine<Item>> {
  private head: Item | null = null;
  private tail: Item | null = null;
  private length = 0;

  get size(): number {
    return this.length;
  }

  /** The one that came first of those that are here. */
  get first(): Item | null {
    return this.head;
  }

  /** To the end; only who isn't here. */
  add(item: Item): void {
    item.previous = this.tail;
    item.next = null;
    if (this.tail) this.tail.next = item;
    else this.head = item;
    this.tail = item;
    this.length += 1;
  }

  /** Who isn't here (any more) stays so. */
  delete(item: Item): void {
    const { previous, next } = item;
    if (previous === null && this.head !== item) return;
    if (previous) previous.next = next;
    else this.head = next;
    if (next) next.previous = previous;
    else this.tail = previous;
    item.previous = null;
    item.next = null;
    this.length -= 1;
  }

  /** From the first on, for as long as `goOn` says so. */
  while(goOn: (item: Item) => boolean): Item[] {
    const items: Item[] = [];
    for (let item = this.head; item && goOn(item); item = item.next) items.push(item);
    return items;
  }
}
