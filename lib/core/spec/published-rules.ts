/** What the shape of a published document cannot say: references exist, and nothing is null without a reason. */
import type { Published, PublishedRow } from './published-schema.ts';

export interface PublishedIssue {
  path: (string | number)[];
  message: string;
}

const ROW_FIELDS = ['latencyMs', 'rate', 'errorRate', 'concurrency'] as const;

export function publishedIssues(document: Published): PublishedIssue[] {
  return [...unexplained(document), ...duplicates(document), ...references(document), ...conclusions(document)];
}

const DOCUMENT_FIELDS = ['region', 'date', 'slo', 'demand'] as const;

function unexplained(document: Published): PublishedIssue[] {
  const { measurements, notStated, prices } = document;
  const why = (key: string) => `is null without a reason: say in notStated.${key} why the document lacks it`;
  const perRow = measurements.flatMap((row, i) =>
    ROW_FIELDS.filter(
      (key) => row[key] === null && row.notStated[key] === undefined && notStated[key] === undefined,
    ).map((key) => ({ path: ['measurements', i, key], message: why(key) })),
  );
  const whole: PublishedIssue[] = DOCUMENT_FIELDS.filter(
    (key) => document[key] === null && notStated[key] === undefined,
  ).map((key) => ({ path: [key], message: why(key) }));
  if (prices.length === 0 && notStated.prices === undefined) {
    whole.push({ path: ['prices'], message: 'is empty without a reason: say in notStated.prices why there are none' });
  }
  return [...whole, ...perRow];
}

function duplicates({ measurements, prices }: Published): PublishedIssue[] {
  const seen = (keys: string[], path: (i: number) => (string | number)[]) =>
    keys.flatMap((key, i) => (keys.indexOf(key) === i ? [] : [{ path: path(i), message: `${key} stands twice` }]));
  return [
    ...seen(
      measurements.map((row) => row.id),
      (i) => ['measurements', i, 'id'],
    ),
    ...seen(measurements.map(placeOf), (i) => ['measurements', i, 'configuration']),
    ...seen(
      prices.map((p) => `${p.target} ${p.instanceType}`),
      (i) => ['prices', i, 'instanceType'],
    ),
  ];
}

/** One configuration may be measured again, but every time has its number. */
function placeOf({ configuration: { name, target, instanceType }, repeat }: PublishedRow): string {
  return `${name}@${target}/${instanceType} repeat ${repeat}`;
}

function references({ measurements, baseline }: Published): PublishedIssue[] {
  const ids = new Set(measurements.map((row) => row.id));
  const names = new Set(measurements.map((row) => row.configuration.name));
  const rows = measurements.flatMap((row, i) =>
    row.against === undefined || ids.has(row.against)
      ? []
      : [{ path: ['measurements', i, 'against'], message: `no row has the id ${row.against}` }],
  );
  if (baseline === null || names.has(baseline)) return rows;
  return [...rows, { path: ['baseline'], message: `no configuration is called ${baseline}` }];
}

function conclusions(document: Published): PublishedIssue[] {
  const ids = new Set(document.measurements.map((row) => row.id));
  return document.conclusions.flatMap((conclusion, i) => {
    const named = conclusion.checks.flatMap((c) => (c.kind === 'ratio' ? [c.row, c.against] : [c.row, ...c.among]));
    const absent = named.filter((id) => !ids.has(id));
    const path = ['conclusions', i];
    if (absent.length > 0) return [{ path, message: `no row has the id ${absent[0]}` }];
    if (conclusion.checks.length > 0 || conclusion.unchecked !== undefined) return [];
    return [{ path, message: 'has neither checks nor a reason why it cannot be checked' }];
  });
}
