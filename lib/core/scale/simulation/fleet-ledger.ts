/** Every instance of a simulated fleet and the time for which it is paid. */

export interface InstanceRecord {
  id: number;
  /** Position of its kind in the simulation's list. */
  kind: number;
  /** Paid from here: SageMaker's and EC2's clocks start some seconds later, so this is an upper bound. */
  launchedS: number;
  /** null when it never served. */
  servingS: number | null;
  /** Paid until here. */
  endedS: number;
}

export class FleetLedger {
  private readonly open = new Map<number, InstanceRecord>();
  private readonly closed: InstanceRecord[] = [];
  private launches = 0;

  launch(kind: number, atS: number): InstanceRecord {
    const record = { id: this.launches++, kind, launchedS: atS, servingS: null, endedS: Number.NaN };
    this.open.set(record.id, record);
    return record;
  }

  end(id: number, atS: number): void {
    const record = this.open.get(id);
    if (record === undefined) return;
    this.open.delete(id);
    this.closed.push({ ...record, endedS: Math.max(record.launchedS, atS) });
  }

  /** Instances that are still up are paid until then, and so are those whose tail is longer. */
  settle(atS: number): InstanceRecord[] {
    for (const id of [...this.open.keys()]) this.end(id, atS);
    return this.closed
      .map((r) => ({ ...r, launchedS: Math.min(r.launchedS, atS), endedS: Math.min(r.endedS, atS) }))
      .sort((a, b) => a.id - b.id);
  }
}

export function billedSeconds(records: readonly InstanceRecord[]): number {
  return records.reduce((sum, r) => sum + r.endedS - r.launchedS, 0);
}

/** @param usdPerHour of each kind; an unknown price makes the sum unknown */
export function billedUsd(records: readonly InstanceRecord[], usdPerHour: readonly (number | null)[]): number | null {
  let usd = 0;
  for (const { kind, launchedS, endedS } of records) {
    const price = usdPerHour[kind] ?? null;
    if (price === null) return null;
    usd += ((endedS - launchedS) / 3600) * price;
  }
  return usd;
}
