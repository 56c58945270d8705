/** The live view of a run: a row for each deployment on a terminal, plain lines elsewhere, NDJSON on request. */
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { Plan } from '../core/plan/plan.ts';
import { segmentPlace } from '../core/plan/segments.ts';
import type { LoadProgress } from '../core/ports/load-generator.ts';
import type { Progress, RunEvent } from '../core/ports/progress.ts';
import { scopeKey } from '../engine/workflow/names.ts';
import { note, paint, seconds } from './output.ts';

export interface View extends Progress {
  /** Stops drawing; nothing may be printed to stderr before. */
  close(): Promise<void>;
}

export function openView(plan: Plan, o: { events: boolean }): View {
  if (o.events) return new EventView();
  return process.stderr.isTTY ? new TaskView(plan) : new LineView(plan);
}

class EventView implements View {
  emit(event: RunEvent): void {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }
  async close(): Promise<void> {}
}

/** `142/s, p95 31 ms` of a load snapshot. */
function loadText(p: LoadProgress): string {
  const parts = [`window ${Math.min(p.segmentsDone + 1, p.segmentsTotal)}/${p.segmentsTotal}`];
  if (p.ratePerSecond !== null) parts.push(`${Math.round(p.ratePerSecond)}/s`);
  if (p.p95Ms !== null) parts.push(`p95 ${p.p95Ms.toFixed(1)} ms`);
  if (p.errors > 0) parts.push(`${p.errors} errors`);
  return parts.join(', ');
}

/** Which deployment a load snapshot is about. */
function deploymentOf(plan: Plan, p: LoadProgress): string | null {
  if (p.segment === null) return null;
  const key = segmentPlace(p.segment).endpoint;
  return plan.deployments.find((d) => scopeKey(d.id) === key)?.id ?? null;
}

const nameOf = (id: string) => id.split('@')[0]!;

class LineView implements View {
  private readonly plan: Plan;
  private lastLoadLine = 0;
  private lastMessage = '';

  constructor(plan: Plan) {
    this.plan = plan;
  }

  emit(event: RunEvent): void {
    if (event.type === 'load') {
      // A line for every tenth of the way is enough for a log.
      const tenth = Math.floor((10 * event.progress.segmentsDone) / Math.max(1, event.progress.segmentsTotal));
      if (tenth === this.lastLoadLine) return;
      this.lastLoadLine = tenth;
      const who = deploymentOf(this.plan, event.progress);
      note(`${event.round}: ${loadText(event.progress)}${who ? ` on ${nameOf(who)}` : ''}`);
      return;
    }
    const line = textOf(event);
    if (line !== null && line !== this.lastMessage) note(line);
    this.lastMessage = line ?? this.lastMessage;
  }

  async close(): Promise<void> {}
}

function textOf(event: RunEvent): string | null {
  if (event.type === 'phase') {
    const who = event.deployment === null ? '' : ` ${nameOf(event.deployment)}`;
    return `${event.phase}${who}${event.message === null ? '' : `: ${event.message}`}`;
  }
  if (event.type === 'record') {
    const reasons = event.reasons.length ? ` (${event.reasons.join(', ')})` : '';
    return `recorded ${event.trial}: ${event.validity}${reasons}${event.summary ? `: ${event.summary}` : ''}`;
  }
  if (event.type === 'run') return `run ${event.state}${event.reason ? `: ${event.reason}` : ''}`;
  if (event.type === 'left') return `LEFT ALIVE ${event.deployment}: ${event.reason}`;
  return null;
}

/** Terminal width left for a row's text beside spinner and margin. */
const inWidth = (text: string) => text.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 6));

/** Before the figures of the deployment that has the load, and of one that had it last. */
const LOADED = 'load: ';
const IDLE = 'idle, had ';

class TaskView implements View {
  private readonly plan: Plan;
  private readonly rows = new Map<string, { text: string; since: number; verdict: string | null }>();
  private header = 'starting';
  private readonly started = performance.now();
  private finish: () => void = () => undefined;
  private readonly running: Promise<unknown>;

  constructor(plan: Plan) {
    this.plan = plan;
    for (const d of plan.deployments) this.rows.set(d.id, { text: 'waiting', since: performance.now(), verdict: null });
    const ended = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    const draw = (title: () => string) => async (_: unknown, task: { title?: string | undefined }) => {
      const tick = setInterval(() => {
        task.title = inWidth(title());
      }, 200);
      await ended;
      clearInterval(tick);
      task.title = inWidth(title());
    };
    const tasks = [
      { title: this.header, task: draw(() => this.headerText()) },
      ...plan.deployments.map((d) => ({ title: nameOf(d.id), task: draw(() => this.rowText(d.id)) })),
    ];
    this.running = new Listr(tasks, {
      concurrent: true,
      registerSignalListeners: false,
      renderer: 'default',
      fallbackRenderer: 'silent',
      rendererOptions: {
        logger: new ListrLogger({
          useIcons: false,
          toStderr: [],
          processOutput: new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false }),
        }),
      },
    }).run();
  }

  emit(event: RunEvent): void {
    if (event.type === 'load') {
      const who = deploymentOf(this.plan, event.progress);
      for (const [id, row] of this.rows)
        if (id !== who && row.text.startsWith(LOADED)) this.set(id, row.text.replace(LOADED, IDLE));
      if (who !== null) this.set(who, `${LOADED}${loadText(event.progress)}`);
      this.header = `${event.round} ${event.progress.segmentsDone}/${event.progress.segmentsTotal} windows`;
    } else if (event.type === 'record') {
      const row = this.rows.get(event.deployment);
      if (row) row.verdict = `${event.validity}${event.reasons.length ? ` (${event.reasons.join(', ')})` : ''}`;
      this.set(event.deployment, 'recorded');
    } else if (event.type === 'phase' && event.deployment !== null) {
      this.set(event.deployment, `${event.phase}${event.message === null ? '' : `: ${event.message}`}`);
    } else {
      this.header = textOf(event) ?? this.header;
    }
  }

  async close(): Promise<void> {
    this.finish();
    await this.running;
  }

  private set(id: string, text: string): void {
    const row = this.rows.get(id);
    if (row) Object.assign(row, { text, since: performance.now() });
  }

  private headerText(): string {
    const elapsed = (performance.now() - this.started) / 1000;
    const price = this.plan.deployments.every((d) => d.usdPerHour === null)
      ? 'no price'
      : `budget ${this.plan.budget.usd ?? '-'} USD`;
    // What the user must know first: a narrow terminal cuts the end.
    return `${this.plan.experiment}  ${this.header}  ${seconds(elapsed)} of about ${seconds(this.plan.estimate.secondsExpected)}  ${price}`;
  }

  private rowText(id: string): string {
    const row = this.rows.get(id)!;
    const age = Math.round((performance.now() - row.since) / 1000);
    const stale = age >= 3 && row.verdict === null ? paint('dim', `  ${age} s ago`) : '';
    return `${nameOf(id)}  ${row.text}${row.verdict ? `  ${row.verdict}` : ''}${stale}`;
  }
}
