/** The map as a picture, and the curves in panels: what is drawn is what was decided. */
import { describe, expect, it } from 'vitest';
import { decisionMap, winnerIn } from '../../../lib/core/recommend/decision-map.ts';
import { fieldFor, goalOf } from '../../../lib/core/report/candidates-for.ts';
import { mapChart, mapWinners, winnerColor } from '../../../lib/core/report/charts/map-chart.ts';
import { MIN_PANELS, panelsChart } from '../../../lib/core/report/charts/panels-chart.ts';
import { seriesColors } from '../../../lib/core/report/charts/spec.ts';
import { fleet, laptop, published } from '../../support/report-scenarios.ts';

type Layer = { data: { values: { [key: string]: number | string }[] } };
const layersOf = (chart: { spec: unknown } | null) => (chart!.spec as { layer: Layer[] }).layer;

function mapOf({ recommendation, measurements }: ReturnType<typeof fleet>) {
  const goal = goalOf(recommendation);
  return { goal, map: decisionMap(fieldFor(recommendation, measurements), goal) };
}

describe('the picture of the map', () => {
  it.each(['wide', 'narrow'] as const)('paints every point with the colour of who wins there, %s', (width) => {
    for (const scenario of [fleet(), published()]) {
      const { goal, map } = mapOf(scenario);
      const [axes, rects] = layersOf(mapChart(map, goal, width));
      const winners = mapWinners(map, goal);
      const { spec } = mapChart(map, goal, width)!;
      const domain = (axes as unknown as { encoding: Record<'x' | 'y', { scale: { domain: [number, number] } }> })
        .encoding;
      const [low, high] = domain.x.scale.domain;
      const size = spec as unknown as { width: number; height: number };
      let painted = 0;
      for (const { color, ...box } of rects!.data.values) {
        const cell = box as { x: number; x2: number; y: number; y2: number };
        const [w, h] = [cell.x2 - cell.x, cell.y2 - cell.y];
        if (w < 6 || h < 6) continue;
        painted++;
        const sloMs = low * (high / low) ** ((cell.x + w / 2) / size.width);
        const demand = map.demand!.low * (map.demand!.high / map.demand!.low) ** (1 - (cell.y + h / 2) / size.height);
        expect(color).toBe(winnerColor(winners.indexOf(winnerIn(map, sloMs, demand)!)));
      }
      expect(painted).toBeGreaterThan(2);
    }
  });

  it('gives the choice the first colour, and says the level line in words', () => {
    const { goal, map } = mapOf(published());
    expect(mapWinners(map, goal)[0]!.configuration.id).toBe('trt-db@sagemaker/ml.g4dn.2xlarge');
    expect(winnerColor(0)).toBe(seriesColors[0]);
    expect(mapChart(map, goal, 'wide')!.description).toBe(
      'At 30,000 requests/min: nothing below 278 ms; from 278 ms trt-db on ml.g4dn.12xlarge; from 499 ms trt-db on ml.g4dn.2xlarge; from 783 ms trt-db-ig on ml.g4dn.xlarge. The picture spans 3,750 to 240,000 requests/min.',
    );
  });

  it('is not drawn where the demand decides nothing', () => {
    const { goal, map } = mapOf(laptop());
    expect(mapChart(map, goal, 'wide')).toBeNull();
    expect(mapChart(decisionMap([], { ...goal, demandPerMinute: 9 }), goal, 'wide')).toBeNull();
  });
});

describe('panels', () => {
  const series = (n: number) =>
    Array.from({ length: n }, (_, i) => ({
      label: `configuration-with-a-name-that-is-far-too-long-for-its-panel-${i}`,
      chosen: i === 0,
      points: [
        { rate: 10 + i, latencyMs: 5, keeps: true },
        { rate: 20 + i, latencyMs: i === 1 ? 600 : 40, keeps: i !== 1 },
      ],
    }));
  const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };

  it('are for more curves than one picture holds', () => {
    expect(panelsChart(series(MIN_PANELS - 1), slo, 'wide')).toBeNull();
    expect(panelsChart(series(MIN_PANELS), slo, 'wide')).not.toBeNull();
  });

  it.each(['wide', 'narrow'] as const)('stay inside the picture, with names that fit, %s', (width) => {
    const chart = panelsChart(series(9), slo, width)!;
    const { width: w, height: h } = chart.spec as unknown as { width: number; height: number };
    for (const { data } of layersOf(chart)) {
      for (const value of data.values) {
        expect(value['px'] ?? value['x2'] ?? value['x']).toBeLessThanOrEqual(w + 0.01);
        expect(value['py'] ?? value['y2'] ?? value['y']).toBeLessThanOrEqual(h + 0.01);
      }
    }
    const texts = layersOf(chart).flatMap(({ data }) => data.values.map((v) => String(v['text'] ?? '')));
    expect(texts.filter((t) => t.startsWith('…'))).toHaveLength(9);
    expect(texts.filter((t) => t.endsWith('/s within the limit'))).toHaveLength(9);
  });
});
