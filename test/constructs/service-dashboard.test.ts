import { describe, expect, it } from 'vitest';
import { endpointMetrics } from '../../lib/constructs/endpoint-metrics.ts';
import { ServiceDashboard, type ServiceView } from '../../lib/constructs/service-dashboard.ts';
import { endpointWith, only } from '../support/endpoint.ts';
import { dashboardsOf } from '../support/templates.ts';

function viewed(change: Partial<ServiceView> = {}) {
  const { stack, endpoint, template } = endpointWith();
  new ServiceDashboard(stack, 'Dashboard', {
    title: 'trt-db on ml.c7g.4xlarge',
    metrics: endpointMetrics(endpoint, 95),
    slo: { percentile: 95, latencyMs: 500, maxErrorRate: 0.001 },
    usdPerHour: 0.94,
    ...change,
  });
  const { widgets } = dashboardsOf(template())[0]!;
  return {
    widgets,
    template: template(),
    titled: (title: string) => widgets.find(({ properties }) => String(properties['title']).startsWith(title))!,
  };
}

const expressionsOf = (widget: { properties: Record<string, unknown> }) =>
  (widget.properties['metrics'] as unknown[][]).flatMap(([first]) => {
    const expression = (first as { expression?: string }).expression;
    return expression ? [expression] : [];
  });

describe('ServiceDashboard', () => {
  it('draws the latency in milliseconds against its limit', () => {
    const widget = viewed().titled('Latency');
    expect(expressionsOf(widget)).toEqual(['raw / 1000']);
    expect(JSON.stringify(widget.properties['metrics'])).toContain('"stat":"p95"');
    expect(widget.properties['annotations']).toEqual({
      horizontal: [expect.objectContaining({ value: 500, label: 'limit 500 ms', yAxis: 'left' })],
    });
  });

  it('prices a million items: instances x USD per hour / items per hour x 10^6', () => {
    const [expression] = expressionsOf(viewed({ itemsPerRequest: 4 }).titled('USD per million'));
    expect(expression).toBe('IF(sent > 0, running * 0.94 / (sent * 4 * 3600 / PERIOD(sent)) * 1000000)');
    // 23 instances that answer 30,000 requests of one item in a minute: the golden case of the fleet at capacity.
    const [, formula] = /^IF\(sent > 0, (.*)\)$/.exec(expressionsOf(viewed().titled('USD per million'))[0]!)!;
    const text = formula!.replaceAll('PERIOD(sent)', '60').replaceAll('sent', '30000').replaceAll('running', '23');
    expect(Number(new Function(`return ${text}`)())).toBeCloseTo(21.62 / 1.8, 9);
  });

  it('says that the price is unknown instead of a cost of zero', () => {
    const { widgets } = viewed({ usdPerHour: null });
    expect(JSON.stringify(widgets)).not.toContain('PERIOD(');
    expect(
      widgets.filter(({ type }) => type === 'text').map(({ properties }) => properties['markdown']),
    ).toContainEqual(expect.stringMatching(/USD per million items: unknown\n.*State one under `prices:`/));
  });

  it('shows requests, errors against their limit and instances between their bounds', () => {
    const { titled } = viewed({ capacity: { min: 2, max: 9 } });
    expect(JSON.stringify(titled('Requests').properties['metrics'])).toContain('"Invocations"');
    expect(titled('Share of failed').properties['annotations']).toMatchObject({ horizontal: [{ value: 0.001 }] });
    expect(expressionsOf(titled('Instances'))).toEqual(['invocations / perInstance']);
    expect(titled('Instances').properties['annotations']).toMatchObject({ horizontal: [{ value: 2 }, { value: 9 }] });
  });

  it('reads the region it is deployed to, and has no fixed name', () => {
    const { widgets, template } = viewed();
    const regions = widgets.filter(({ type }) => type === 'metric').map(({ properties }) => properties['region']);
    expect(new Set(regions)).toEqual(new Set(['<AWS::Region>']));
    expect(only(template, 'AWS::CloudWatch::Dashboard').properties).not.toHaveProperty('DashboardName');
  });
});
