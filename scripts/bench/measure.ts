/** One number of the benchmark, and how it is printed. */

export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 's' | 'packets/s' | 'rules/s' | 'MiB' | 'objects';
  /** What it should be at most (`less`) or at least (`more`). */
  readonly limit?: number;
  readonly better?: 'less' | 'more';
}

export function isWithin({ value, limit, better }: Measure): boolean {
  return limit === undefined || (better === 'more' ? value >= limit : value <= limit);
}

/** A table for people; the last column says what is asked of the number. */
export function printMeasures(measures: readonly Measure[]): string {
  const rows = measures.map(
    (measure) => [measure.name, `${format(measure.value)} ${measure.unit}`, limitOf(measure)] as const,
  );
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  return rows.map((row) => `${row[0].padEnd(width(0))}  ${row[1].padStart(width(1))}  ${row[2]}`.trimEnd()).join('\n');
}

function limitOf(measure: Measure): string {
  if (measure.limit === undefined) return '';
  const asked = `${measure.better === 'more' ? 'at least' : 'at most'} ${format(measure.limit)}`;
  return isWithin(measure) ? asked : `${asked}: NOT MET`;
}

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
