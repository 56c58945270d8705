/**
 * What was tried to be launched, noted in the bucket before each try. EC2 shows an instance only some time after it made
 * it, and an answer may get lost: without a note, a teardown that looks too early would take what it cannot see for gone.
 */
import { prefixes } from '../core/catalog/lab.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';

/** Far beyond what was ever seen (under a second: reliability-and-ux.md, A1). */
const VISIBLE_WITHIN_MS = 60_000;

export type Launch =
  | { what: 'try'; subnet: number }
  /** In no subnet, and so nothing exists. */
  | { what: 'refused' }
  | { what: 'accepted'; instanceId: string };

type Note = Launch & { name: string; atMs: number };

/** The key says it all, so that one listing reads every note of a run. */
export class LaunchNotes {
  private readonly store: ObjectStore;
  private readonly clock: Clock;
  private readonly prefix: string;

  /** @param o.folder tells targets apart whose notes lie in one bucket */
  constructor(o: { store: ObjectStore; clock: Clock; runId: string; folder?: string }) {
    this.store = o.store;
    this.clock = o.clock;
    this.prefix = `${prefixes.hosts}${o.runId}/${o.folder ?? 'launches'}/`;
  }

  async add(name: string, launch: Launch): Promise<void> {
    const before = await this.store.list(`${this.prefix}${name}/`);
    const number = String(before.length).padStart(4, '0');
    const word =
      launch.what === 'try' ? `try-${launch.subnet}` : 'instanceId' in launch ? launch.instanceId : 'refused';
    await this.store.put(`${this.prefix}${name}/${number}.${this.clock.nowMs()}.${word}`, JSON.stringify(launch));
  }

  async last(name: string): Promise<Note | null> {
    return lastOf(await this.store.list(`${this.prefix}${name}/`), this.prefix).get(name) ?? null;
  }

  /** When it was first tried, epoch ms: it cannot exist for longer. Null where it never was. */
  async firstAtMs(name: string): Promise<number | null> {
    const [first] = await this.store.list(`${this.prefix}${name}/`);
    return first === undefined ? null : noteOf(first, this.prefix).atMs;
  }

  /** Launches that EC2 may still hide. */
  async young(): Promise<Note[]> {
    const last = lastOf(await this.store.list(this.prefix), this.prefix);
    return [...last.values()].filter((note) => this.mayBeHidden(note));
  }

  mayBeHidden(note: Note | null): boolean {
    return note !== null && note.what !== 'refused' && this.clock.nowMs() < note.atMs + VISIBLE_WITHIN_MS;
  }
}

/** @param keys in order, so that the last of a name comes last. */
function lastOf(keys: readonly string[], prefix: string): Map<string, Note> {
  const last = new Map<string, Note>();
  for (const note of keys.map((key) => noteOf(key, prefix))) last.set(note.name, note);
  return last;
}

function noteOf(key: string, prefix: string): Note {
  const [name, rest] = key.slice(prefix.length).split('/') as [string, string];
  const [, at, word] = rest.split('.') as [string, string, string];
  return { name, atMs: Number(at), ...launchOf(word) };
}

function launchOf(word: string): Launch {
  if (word === 'refused') return { what: 'refused' };
  if (word.startsWith('try-')) return { what: 'try', subnet: Number(word.slice('try-'.length)) };
  return { what: 'accepted', instanceId: word };
}
