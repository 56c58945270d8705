/** What the documentation prints must be true of the code beside it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readExperiment } from '../lib/files/read-experiment.ts';
import { tracesBeside } from '../lib/files/trace-files.ts';

const root = join(import.meta.dirname, '..');
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...below('docs'), ...below('examples')];

function below(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.name.endsWith('.md'))
    .map((e) => relative(root, join(e.parentPath, e.name)));
}

const text = (page: string) => readFileSync(join(root, page), 'utf8');
const yamls = pages.flatMap((page) =>
  [...text(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map((m) => ({ page, yaml: m[1]! })),
);
const links = pages.flatMap((page) =>
  [...text(page).matchAll(/\]\((?!https?:|#)([^)\s]+)\)/g)].map((m) => ({ page, link: m[1]! })),
);
const examples = below('examples').map(dirname);

/** As a reader's anchors are made of them. */
function headings(page: string): string[] {
  return [...text(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );
}

describe('the documentation', () => {
  it.each(yamls)('prints experiments that are legal ($page)', ({ page, yaml }) => {
    const read = readExperiment(yaml, tracesBeside(join(root, dirname(page))));
    expect(read.ok ? [] : read.issues).toEqual([]);
  });

  it('prints at least one experiment', () => expect(yamls.length).toBeGreaterThan(0));

  it.each(links)('links to what exists: $link in $page', ({ page, link }) => {
    const [path, heading] = link.split('#');
    const file = join(dirname(page), path!);
    expect(existsSync(join(root, file))).toBe(true);
    if (heading !== undefined) expect(headings(file)).toContain(heading);
  });

  it('keeps the README within 250 lines', () => {
    expect(text('README.md').split('\n').length).toBeLessThanOrEqual(250);
  });

  it('has a README and a legal experiment in every example', () => {
    const folders = readdirSync(join(root, 'examples')).map((name) => join('examples', name));
    expect(folders.filter((folder) => !examples.includes(folder))).toEqual([]);
    for (const folder of folders.filter((f) => existsSync(join(root, f, 'experiment.yaml')))) {
      const read = readExperiment(text(join(folder, 'experiment.yaml')), tracesBeside(join(root, folder)));
      expect(read.ok ? [] : read.issues, folder).toEqual([]);
    }
  });

  it('names every verb of the command line in the README', () => {
    const verbs = readdirSync(join(root, 'lib', 'cli')).flatMap((file) =>
      [...readFileSync(join(root, 'lib', 'cli', file), 'utf8').matchAll(/\.command\('([a-z-]+)'\)/g)].map((m) => m[1]!),
    );
    expect(verbs.length).toBeGreaterThan(10);
    expect(verbs.filter((verb) => !new RegExp(`\`[^\`]*\\b${verb}\\b`).test(text('README.md')))).toEqual([]);
  });

  it('names no package registry host', () => {
    const hosts = /registry\.npmjs\.org|pypi\.org|files\.pythonhosted\.org|download\.pytorch\.org|crates\.io/;
    expect(pages.filter((page) => hosts.test(text(page)))).toEqual([]);
  });
});
