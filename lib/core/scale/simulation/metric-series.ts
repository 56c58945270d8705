/** Requests per instance and minute, as CloudWatch has them: summed over a period, readable some time after it. */

export interface MetricPoint {
  /** End of its period. */
  endS: number;
  /** null: nothing was published. */
  value: number | null;
}

export class MetricSeries {
  private readonly periodS: number;
  private readonly delayS: number;
  private readonly zeroSilent: boolean;
  private readonly points: MetricPoint[] = [];
  private sum = 0;
  private requests = 0;
  private endS: number;

  constructor(o: { periodS: number; delayS: number; zeroSilent: boolean }) {
    this.periodS = o.periodS;
    this.delayS = o.delayS;
    this.zeroSilent = o.zeroSilent;
    this.endS = o.periodS;
  }

  /** Each request counts 1/N, N the instances in service at that moment (API_ScalingPolicyMetric). */
  count(atS: number, requests: number, serving: number): void {
    if (atS >= this.endS) this.close(atS);
    this.sum += requests / Math.max(1, serving);
    this.requests += requests;
  }

  /** Publishes every period that ended by then. */
  close(nowS: number): void {
    while (this.endS <= nowS) {
      const value = this.requests === 0 && this.zeroSilent ? null : (this.sum * 60) / this.periodS;
      this.points.push({ endS: this.endS, value });
      this.sum = 0;
      this.requests = 0;
      this.endS += this.periodS;
    }
  }

  /** The newest `n` periods that can be read at a time, oldest first. */
  readable(nowS: number, n: number): MetricPoint[] {
    this.close(nowS);
    let last = this.points.length;
    while (last > 0 && this.points[last - 1]!.endS + this.delayS > nowS) last--;
    return this.points.slice(Math.max(0, last - n), last);
  }

  /** All periods so far. */
  all(): readonly MetricPoint[] {
    return this.points;
  }
}
