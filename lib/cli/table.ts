/** Rows in columns, as narrow as the terminal where there is one; in a pipe each row is one line, for other programs. */

const GAP = 2;
/** As far as prose is squeezed before names are broken, and as far as those are. */
const PROSE_WIDTH = 20;
const NAME_WIDTH = 12;

interface Column {
  isNumeric: boolean;
  header: string;
  cells: string[];
  width: number;
}

/** Columns padded to their widest cell; numbers to the right, and never broken but between the ends of a range. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[] = [],
  width: number = terminalWidth(),
): string[] {
  const columns = header.map((title, i): Column => {
    const cells = rows.map((row) => row[i] ?? '');
    return { isNumeric: numeric.includes(i), header: title, cells, width: longest([title, ...cells]) };
  });
  squeeze(columns, width);
  const titles = columns.map((c) => wrap(c.header, c.width));
  const height = Math.max(...titles.map((lines) => lines.length));
  // A heading stands on its cells.
  const above = titles.map((lines) => [...Array<string>(height - lines.length).fill(''), ...lines]);
  return [above, ...rows.map((_, r) => columns.map((c) => wrap(c.cells[r]!, c.width)))].flatMap((row) =>
    joined(columns, row),
  );
}

/** Endless unless rows are shown on a terminal that tells. */
export function terminalWidth(): number {
  const { isTTY, columns } = process.stdout;
  return isTTY && columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

/** First what headings take beyond their cells, then prose, then names, then ranges of figures; of each the widest first. */
function squeeze(columns: readonly Column[], width: number): void {
  const ofHeader = ({ header, cells }: Column) => longest([...header.split(' '), ...cells]);
  const ofText = (least: number) => (c: Column) =>
    c.isNumeric ? ofHeader(c) : Math.max(longest(c.header.split(' ')), Math.min(ofHeader(c), least));
  // `849.2 to 866.0` may stand on two lines; a figure and its unit may not.
  const ofRanges = ({ header, cells }: Column) =>
    longest([...header.split(' '), ...cells.flatMap((cell) => cell.split(/(?<= to) /))]);
  const isProse = (c: Column) => c.cells.some((cell) => cell.trim().includes(' '));
  let over = columns.reduce((sum, c) => sum + c.width, GAP * (columns.length - 1)) - width;
  for (const floor of [
    ofHeader,
    (c: Column) => (isProse(c) ? ofText(PROSE_WIDTH)(c) : ofHeader(c)),
    ofText(NAME_WIDTH),
    (c: Column) => (c.isNumeric ? ofRanges(c) : ofText(NAME_WIDTH)(c)),
  ]) {
    for (; over > 0; over--) {
      const left = columns.filter((c) => c.width > floor(c));
      if (left.length === 0) break;
      left.reduce((a, b) => (b.width > a.width ? b : a)).width--;
    }
  }
}

/** The lines of one row, whose cells may be of different heights. */
function joined(columns: readonly Column[], row: readonly string[][]): string[] {
  const height = Math.max(...row.map((lines) => lines.length));
  return Array.from({ length: height }, (_, n) =>
    columns
      .map(({ isNumeric, width }, i) => {
        const text = row[i]![n] ?? '';
        return isNumeric ? text.padStart(width) : text.padEnd(width);
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** At blanks; a word that is wider than a line is cut. Each line has the indent of the first. */
export function wrap(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const indent = /^ */.exec(text)![0].slice(0, Math.floor(width / 2));
  const room = width - indent.length;
  const lines = [''];
  for (let word of text.trim().split(/ +/)) {
    const last = lines.at(-1)!;
    if (last !== '' && last.length + 1 + word.length <= room) {
      lines[lines.length - 1] = `${last} ${word}`;
      continue;
    }
    if (last !== '') lines.push('');
    for (; word.length > room; lines.push('')) {
      const at = cutOf(word, room);
      lines[lines.length - 1] = word.slice(0, at);
      word = word.slice(at);
    }
    lines[lines.length - 1] = word;
  }
  return lines.map((line) => indent + line);
}

/** Behind the last sign that joins two parts, unless that leaves most of the line empty. */
function cutOf(word: string, room: number): number {
  const at = Math.max(...[...'-/@=,:;._'].map((sign) => word.lastIndexOf(sign, room - 1))) + 1;
  return at > room / 4 ? at : room;
}

const longest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, text.length), 0);
