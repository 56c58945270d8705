/** The best of many rows whose standing changes one at a time: a tree of matches, of which a change replays one path. */
import { compareRanked, type Ranked } from './rank.ts';

export class Tournament {
  private readonly size: number;
  /** Leaves from `size` on; the winner of two neighbours stands at half their place. */
  private readonly places: (Ranked | null)[];

  constructor(size: number) {
    this.size = size;
    this.places = Array.from({ length: Math.max(2, 2 * size) }, () => null);
  }

  set(leaf: number, row: Ranked | null): void {
    let place = leaf + this.size;
    this.places[place] = row;
    while (place > 1) {
      place >>= 1;
      this.places[place] = better(this.places[2 * place]!, this.places[2 * place + 1]!);
    }
  }

  get winner(): Ranked | null {
    return this.places[1]!;
  }
}

function better(a: Ranked | null, b: Ranked | null): Ranked | null {
  if (a === null || b === null) return a ?? b;
  return compareRanked(a, b) <= 0 ? a : b;
}
