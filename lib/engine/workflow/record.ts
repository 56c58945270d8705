import { buildMeasurement } from '../../core/measure/measure.ts';
import type { Measurement } from '../../core/measure/measurement.ts';
import type { Workflow } from '../../core/ports/workflow.ts';
import type { ReceiptResource } from '../../core/report/receipt.ts';
import type { EnginePorts } from '../ports.ts';
import type { Live } from './bring-up.ts';
import { findDeployment, plannedFor, priceOf, readPending, readPlan } from './documents.ts';
import { scopeKey } from './names.ts';
import { DOCUMENT_RETRY } from './patient.ts';
import type { Reservation } from './reserve.ts';

export interface Ended {
  reserved: Reservation;
  /** Trials that were measured, with the key of their pending measurement. */
  measured: readonly { trial: string; key: string }[];
  /** Deployments whose trials end without a measurement. */
  failed: readonly Live[];
  /** Deployments that never ran. */
  skipped: readonly Live[];
  receipts: readonly ReceiptResource[];
}

/** Makes the group's trials terminal and writes what its teardown proved, both from durable values. */
export async function record(w: Workflow, ports: EnginePorts, ended: Ended): Promise<number> {
  return w.step(
    'record',
    async ({ path }) => {
      const plan = await readPlan(ports);
      const measurements: Measurement[] = [];
      for (const { key } of ended.measured) measurements.push(await readPending(ports, key));
      for (const live of ended.failed) {
        const planned = plannedFor(plan, live);
        for (const id of ended.reserved.deployments.find((d) => d.id === live.id)!.trials) {
          const trial = plan.trials.find((t) => t.id === id)!;
          measurements.push(
            buildMeasurement({
              plan,
              deployment: planned,
              trial,
              segments: [],
              ready: null,
              prepare: null,
              price: priceOf(planned),
              startedAt: ports.clock.nowIso(),
              versions: ports.versions,
              findings: [live.failure!],
            }),
          );
        }
      }
      for (const measurement of measurements) {
        await ports.records.append(measurement);
        ports.progress.emit({
          type: 'record',
          trial: measurement.trial,
          deployment: measurement.configuration.id,
          validity: measurement.validity.status,
          reasons: measurement.validity.reasons.map((r) => r.code),
          summary: measurement.validity.reasons.map((r) => r.detail).join('; '),
        });
      }
      let skipped = 0;
      for (const { id, skip } of ended.skipped) {
        const { name: configuration, target, instanceType } = findDeployment(plan, id).configuration;
        const row = { configuration, target, instanceType, code: skip!.code, rule: null, fix: skip!.detail };
        for (const trial of ended.reserved.deployments.find((d) => d.id === id)!.trials) {
          await ports.records.skip({ trial, row });
          skipped++;
        }
        ports.progress.emit({ type: 'left', deployment: id, reason: `skipped: ${skip!.code}: ${skip!.detail}` });
      }
      await ports.store.put(`receipts/${scopeKey(path)}.json`, JSON.stringify(ended.receipts));
      return measurements.length + skipped;
    },
    { retry: DOCUMENT_RETRY },
  );
}
