/** Rows of a published document as measurements: single figures, at the price of their own day. */

import { tidy } from '../scale/tidy.ts';
import type { Published, PublishedRow } from '../spec/published-schema.ts';
import { littlesRatePerSecond } from './littles-law.ts';
import type { Measurement } from './measurement.ts';

export function publishedMeasurements(document: Published): Measurement[] {
  return document.measurements.map((row) => measurementOf(row, document));
}

function measurementOf(row: PublishedRow, document: Published): Measurement {
  const { name, target, instanceType } = row.configuration;
  const id = `${name}@${target}/${instanceType}`;
  const price = document.prices.find((p) => p.target === target && p.instanceType === instanceType);
  return {
    schema: 'infersweep.measurement.v1',
    trial: `${id}#${row.repeat}`,
    configuration: { id, ...row.configuration },
    purpose: 'screen',
    repeat: row.repeat,
    origin: 'published',
    region: document.region,
    startedAt: null,
    itemsPerRequest: row.itemsPerRequest,
    stairs: [],
    scalar: {
      statistic: row.statistic,
      latencyMs: row.latencyMs,
      requestsPerMinute: requestsPerMinute(row),
      errorRate: row.errorRate,
      notes: [...row.notes, ...reasons(row, document)],
    },
    golden: { checked: 0, wrong: 0, firstMismatch: null },
    startup: { readySeconds: null, prepareSeconds: null, prepareCached: null },
    price:
      price === undefined
        ? null
        : {
            usdPerHour: price.usdPerHour,
            source: price.source,
            region: price.region,
            date: price.date ?? 'no date stated',
          },
    priceNote:
      price === undefined
        ? `the source prints no price of ${instanceType}${document.notStated.prices === undefined ? '' : `: ${document.notStated.prices}`}`
        : null,
    validity: row.validity,
    versions: { source: document.source.title, model: row.model, provenance: row.provenance },
  };
}

/**
 * Where a source gives the latency of callers that wait for each answer, but no rate, the rate follows: it is derived, and
 * its note says so.
 */
export function requestsPerMinute(row: PublishedRow): number | null {
  const { rate, concurrency, latencyMs, itemsPerRequest } = row;
  if (rate === null) return isDerived(row) ? tidy(littlesRatePerSecond(concurrency!, latencyMs!) * 60) : null;
  switch (rate.unit) {
    case 'requests/min':
      return rate.value;
    case 'requests/s':
      return tidy(rate.value * 60);
    case 'items/s':
      return tidy((rate.value * 60) / itemsPerRequest);
  }
}

/** A rate that the source does not print. */
export function isDerived({ rate, concurrency, latencyMs }: PublishedRow): boolean {
  return rate === null && concurrency !== null && latencyMs !== null;
}

function reasons(row: PublishedRow, { notStated }: Published): string[] {
  const known = { ...notStated, ...row.notStated };
  const fields = (['latencyMs', 'rate', 'errorRate'] as const).filter((key) => row[key] === null);
  const why = fields.flatMap((key) => (known[key] === undefined ? [] : [`${key} not stated: ${known[key]}`]));
  return isDerived(row) ? [...why, `rate derived from ${row.concurrency} waiting callers (Little’s law)`] : why;
}
