/** The word a user probably meant. */

/** Texts beyond this length are not compared: nobody misspells a paragraph. */
const MAX_LENGTH = 64;

/** Optimal string alignment distance: insertions, deletions, substitutions, and neighbours that changed places. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : substituted;
      current.push(Math.min(substituted, swapped, previous[j]! + 1, current[j - 1]! + 1));
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}

const plain = (text: string) => text.toLowerCase().replaceAll(/[-_ ]/g, '');

/** The nearest of `words` within a third of its length, at least one edit; ties go to the first. Null when none is near. */
export function nearest(written: string, words: readonly string[]): string | null {
  if (written.length > MAX_LENGTH) return null;
  let best: { word: string; distance: number } | null = null;
  for (const word of words) {
    const distance = editDistance(plain(written), plain(word));
    const limit = Math.max(1, Math.floor(word.length / 3));
    if (distance <= limit && (best === null || distance < best.distance)) best = { word, distance };
  }
  return best?.word ?? null;
}
