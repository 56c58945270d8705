/** The table below a heading of a Markdown page, cell by cell. */
export function markdownTable(page: string, heading: string): { header: string[]; rows: string[][] } {
  const [, after] = page.split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`the page has no heading "## ${heading}"`);
  const lines = after.split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, at) => at > first && !line.startsWith('|'));
  if (first < 0 || lines.slice(0, first).some((line) => line.startsWith('## ')))
    throw new Error(`there is no table below "${heading}"`);
  const cells = (line: string) =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
  const [header, , ...rows] = lines.slice(first, end < 0 ? undefined : end).map(cells);
  return { header: header!, rows };
}
