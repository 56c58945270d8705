/** A chart of the core as an SVG text: headless, without a canvas, scaled by its container. */
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Chart } from '../core/report/charts/spec.ts';
import { escapeHtml } from './escape-html.ts';

/** @param id unique in the page: the picture's title and description are referred to by it. */
export async function chartSvg(chart: Chart, id: string): Promise<string> {
  const { spec } = compile(chart.spec as unknown as TopLevelSpec, { logger: silent });
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logger: silent });
  const svg = await view.toSVG();
  view.finalize();
  return responsive(svg, chart, id);
}

/** Vega warns of what is meant here, such as scales that are off. Errors still throw. */
const silent = vega.logger(vega.Error);

/** The root gives up its fixed size for its aspect, and says in words what it shows. */
function responsive(svg: string, { title, description }: Chart, id: string): string {
  const open = /^<svg\b[^>]*>/.exec(svg);
  const viewBox = /viewBox="([^"]+)"/.exec(open?.[0] ?? '')?.[1];
  if (open === null || viewBox === undefined) throw new Error('vega gave no SVG with a viewBox');
  const natural = Math.ceil(Number(viewBox.split(' ')[2]));
  const root =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}" width="100%" style="max-width:${natural}px" ` +
    `role="img" aria-labelledby="${id}-title ${id}-desc">`;
  const words = `<title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(description)}</desc>`;
  return root + words + svg.slice(open[0].length);
}
