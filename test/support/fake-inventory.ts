/** A cloud without a network for tests of the reaper: lists, ends in its own time, refuses on order. */
import { tagKeys } from '../../lib/core/plan/tags.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import type { CloudResource, DeleteAnswer, Inventory, Listing, ResourceKind } from '../../lib/core/ports/inventory.ts';
import { nowMs } from './reap.ts';

export interface InventoryFaults {
  /** From the accepted call to absence. */
  deletionSeconds?: number;
  /** By ARN: what the delete call says, every time. */
  answers?: Record<string, DeleteAnswer | Error>;
  /** So many listings work; later ones, up to that many, do not see this kind, and say so. */
  blind?: { kind: ResourceKind; afterLists: number; untilLists?: number };
  /** So many listings show nothing yet. */
  hiddenForLists?: number;
}

export class FakeInventory implements Inventory {
  readonly alive: Map<string, CloudResource>;
  readonly deleteCalls: string[] = [];
  /** Deletions below something alive that needs what was deleted. */
  readonly mistakes: string[] = [];
  readonly faults: InventoryFaults;
  private readonly goneAtMs = new Map<string, number>();
  private lists = 0;
  private time = nowMs;

  constructor(resources: readonly CloudResource[], faults: InventoryFaults = {}) {
    this.alive = new Map(resources.map((resource) => [resource.arn, resource]));
    this.faults = faults;
  }

  readonly clock: Clock = { nowMs: () => this.time, nowIso: () => new Date(this.time).toISOString() };

  readonly wait = async (seconds: number): Promise<void> => {
    this.time += seconds * 1000;
  };

  async list(): Promise<Listing> {
    this.settle();
    this.lists += 1;
    if (this.lists <= (this.faults.hiddenForLists ?? 0)) return { resources: [], failures: [] };
    const resources = [...this.alive.values()].map((resource) => ({ ...resource }));
    const { blind } = this.faults;
    const isBlind = blind && this.lists > blind.afterLists && this.lists <= (blind.untilLists ?? this.lists);
    if (!isBlind) return { resources, failures: [] };
    const { kind } = blind;
    const failures = [{ source: `list ${kind}`, kinds: [kind], error: 'Throttling' }];
    return { resources: resources.filter((resource) => resource.kind !== kind), failures };
  }

  async delete({ arn, kind, tags }: CloudResource): Promise<DeleteAnswer> {
    this.settle();
    this.deleteCalls.push(arn);
    const order = ['endpoint', 'endpoint-config', 'model'];
    for (const above of order.includes(kind) ? this.alive.values() : []) {
      const rank = order.indexOf(above.kind);
      const together =
        above.tags === null || [tagKeys.run, tagKeys.deployment].every((key) => above.tags?.[key] === tags?.[key]);
      if (rank >= 0 && rank < order.indexOf(kind) && together) this.mistakes.push(`${arn} below ${above.arn}`);
    }
    const answer = this.faults.answers?.[arn] ?? 'accepted';
    if (answer instanceof Error) throw answer;
    const found = this.alive.get(arn);
    if (!found) return 'gone';
    if (answer === 'accepted') {
      this.goneAtMs.set(arn, this.time + (this.faults.deletionSeconds ?? 0) * 1000);
      this.alive.set(arn, { ...found, state: 'ending', status: 'Going' });
    }
    return answer;
  }
  private settle(): void {
    for (const [arn, atMs] of this.goneAtMs) if (atMs <= this.time) this.alive.delete(arn);
  }
}
