/** What lies under the decision map: its break-even limits as a table, for whoever cannot see colours, and for exact figures. */
import type { BreakEven } from '../core/recommend/break-even.ts';
import type { Goal } from '../core/recommend/goal.ts';
import type { Choice } from '../core/recommend/recommendation.ts';
import { limitText } from '../core/report/wins-text.ts';
import { number, usd } from '../core/report/wording.ts';
import { escapeHtml } from './escape-html.ts';
import { type HtmlColumn, type HtmlRow, htmlTable } from './html-table.ts';

/** Intervals shown, those around the stated limit. */
const MAX_ROWS = 12;

/** @param colorOf of the winner in the picture; null where there is none. */
export function breakEvenTable(
  intervals: readonly BreakEven[],
  goal: Goal,
  colorOf: (choice: Choice) => string | null,
): string {
  const first = intervals[0];
  if (first === undefined) return '<p>No limit is met by any configuration.</p>';
  const here = intervals.findLastIndex((i) => i.fromMs <= goal.sloMs);
  const start = Math.max(0, Math.min(here - MAX_ROWS / 2, intervals.length - MAX_ROWS));
  const shown = intervals.slice(start, start + MAX_ROWS);
  const sized = shown.some((i) => i.choice.instances !== null);
  const priced = shown.some((i) => i.choice.usdPerHour !== null);
  const anyEven = shown.some((i) => i.even.length > 0);
  const money = goal.demandPerMinute === null ? 'USD per million' : 'USD/h';
  const shownIf = (shows: boolean, column: HtmlColumn) => (shows ? [column] : []);
  const columns: HtmlColumn[] = [
    { title: 'Limit' },
    { title: 'Winner' },
    { title: sized ? 'Instances' : 'Rate /s', numeric: true },
    ...shownIf(priced, { title: money, numeric: true }),
    ...shownIf(anyEven, { title: 'Costs the same' }),
  ];
  const rows = shown.map((interval, i): HtmlRow => {
    const { choice, even } = interval;
    const cost = goal.demandPerMinute === null ? choice.usdPerMillion : choice.usdPerHour;
    const color = colorOf(choice);
    const swatch = color === null ? '' : `<span class="swatch" style="background:${color}"></span>`;
    const also = even.map(
      (e) => nameOf(e.choice) + (e.fromMs > interval.fromMs ? ` from ${limitText(e.fromMs)} ms` : ''),
    );
    const current = start + i === here;
    return {
      ...(current ? { class: 'here', current } : {}),
      cells: [
        rangeText(interval),
        `<span>${swatch}${escapeHtml(nameOf(choice))}</span>`,
        sized ? `${choice.instances ?? '–'}` : rateText(choice),
        ...(priced ? [usd(cost)] : []),
        ...(anyEven ? [escapeHtml(also.join(', '))] : []),
      ],
    };
  });
  const none =
    start === 0 ? `<p class="note">Below ${limitText(first.fromMs)} ms no configuration is fast enough.</p>` : '';
  return htmlTable('Break-even limits', columns, rows) + none;
}

function rateText({ capacityPerMinute }: Choice): string {
  return capacityPerMinute === null ? '–' : number(capacityPerMinute / 60);
}

function rangeText({ fromMs, toMs }: BreakEven): string {
  return toMs === Number.POSITIVE_INFINITY
    ? `from ${limitText(fromMs)} ms`
    : `${limitText(fromMs)} to below ${limitText(toMs)} ms`;
}

function nameOf({ configuration, target, instanceType }: Choice): string {
  return target === 'local' ? configuration : `${configuration} · ${instanceType}`;
}
