/** A binary heap of events by time, then rank, then order of arrival. */
export class EventQueue<T> {
  private readonly heap: { atS: number; rank: number; order: number; event: T }[] = [];
  private pushed = 0;

  push(atS: number, event: T, rank = 0): void {
    const entry = { atS, rank, order: this.pushed++, event };
    let at = this.heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, this.heap[parent]!)) break;
      this.heap[at] = this.heap[parent]!;
      at = parent;
    }
    this.heap[at] = entry;
  }

  /** Time of the next event; infinite when there is none. */
  nextS(): number {
    return this.heap[0]?.atS ?? Number.POSITIVE_INFINITY;
  }

  pop(): { atS: number; event: T } {
    const top = this.heap[0]!;
    const last = this.heap.pop()!;
    const size = this.heap.length;
    if (size > 0) {
      let at = 0;
      for (let child = 1; child < size; child = 2 * at + 1) {
        if (child + 1 < size && before(this.heap[child + 1]!, this.heap[child]!)) child++;
        if (!before(this.heap[child]!, last)) break;
        this.heap[at] = this.heap[child]!;
        at = child;
      }
      this.heap[at] = last;
    }
    return top;
  }
}

interface Entry {
  atS: number;
  rank: number;
  order: number;
}

function before(a: Entry, b: Entry): boolean {
  return a.atS !== b.atS ? a.atS < b.atS : a.rank !== b.rank ? a.rank < b.rank : a.order < b.order;
}
