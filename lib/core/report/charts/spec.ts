/** What all charts share: a Vega-Lite specification as plain data, in two widths, with colours that follow the page. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type VegaLiteSpec = { readonly [key: string]: Json };

export interface Chart {
  /** What the picture shows, as a heading. */
  title: string;
  /** What a reader sees who cannot see it. */
  description: string;
  spec: VegaLiteSpec;
}

/** `wide` for a desk and print, `narrow` for a phone: drawn anew, so that letters stay legible. */
export type ChartWidth = 'wide' | 'narrow';

export interface Frame {
  width: number;
  height: number;
  fontSize: number;
}

/** Plot areas; axes come on top, so that a narrow chart fills a phone of 390 px. */
export function frameOf(width: ChartWidth): Frame {
  return width === 'wide' ? { width: 1005, height: 380, fontSize: 13 } : { width: 292, height: 300, fontSize: 12 };
}

/** Custom properties of the page, so that dark mode needs no second picture; the fallback serves a chart on its own. */
export const colors = {
  ink: 'var(--ink, #1c2127)',
  muted: 'var(--muted, #5c6670)',
  grid: 'var(--grid, #e4e7eb)',
  paper: 'var(--paper, #ffffff)',
  limit: 'var(--limit, #b3261e)',
  other: 'var(--series-other, #98a2ad)',
} as const;

/** Okabe & Ito (2008): told apart with every common colour blindness. */
export const seriesColors = [
  'var(--series-1, #0072b2)',
  'var(--series-2, #c05500)',
  'var(--series-3, #00795a)',
  'var(--series-4, #9a4d82)',
] as const;

export function baseSpec(frame: Frame): VegaLiteSpec {
  const { fontSize } = frame;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: frame.width,
    height: frame.height,
    background: null,
    padding: 2,
    config: {
      aria: false,
      font: 'system-ui, sans-serif',
      view: { stroke: null },
      axis: {
        domainColor: colors.muted,
        gridColor: colors.grid,
        tickColor: colors.muted,
        labelColor: colors.muted,
        titleColor: colors.ink,
        titleFontWeight: 500,
        labelFontSize: fontSize - 1,
        titleFontSize: fontSize,
        titlePadding: 8,
        labelFlush: false,
      },
      text: { fontSize, fill: colors.ink },
    },
  };
}

/** A channel whose field is a place in pixels already. */
export function atPixel(field: string): Json {
  return { field, type: 'quantitative', scale: null, axis: null };
}

/** The channels of what reaches from one such place (`x`, `y`) to another (`x2`, `y2`). */
export function pixelSpan(): Record<string, Json> {
  return { x: atPixel('x'), x2: { field: 'x2' }, y: atPixel('y'), y2: { field: 'y2' } };
}
