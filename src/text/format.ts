/** Numbers as people read them. */

/** `12,345`, `1,234.568`: at most three decimals. */
export function formatCount(n: number): string {
  const [whole = '', decimals] = String(Number.isInteger(n) ? n : Math.round(n * 1000) / 1000).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}

/** `1 packet`, `12,345 packets`, `2 matrices`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/**
 * A share of 0 … 1 in percent: `83.8%`, `99.45%`, `0.050%`, `–` for null.
 *
 * There are as many decimals as it takes to tell the share from 0% and from 100% by at least two digits, so that
 * 99.95% is never shown as 100%; `0%` and `100%` are exact. What would take more than `most` decimals is shown as
 * `<0.001%` or `>99.999%`.
 */
export function formatPercent(share: number | null, most = 9): string {
  if (share === null) return '–';
  if (share === 0 || share === 1) return `${share * 100}%`;
  const distance = 100 * Math.min(share, 1 - share);
  const places = distance >= 10 ? 1 : Math.max(2, decimals(distance));
  if (places <= most) return `${(share * 100).toFixed(places)}%`;
  const least = 10 ** -most;
  if (distance >= least / 2) return `${(share * 100).toFixed(most)}%`;
  return share < 0.5 ? `<${least.toFixed(most)}%` : `>${(100 - least).toFixed(most)}%`;
}

/** A score whose best value is 1 (F1, MCC, AUC): `0.905`, `0.99995`, `–` for null; `0` and `1` are exact. */
export function formatScore(score: number | null): string {
  if (score === null) return '–';
  if (score === 0 || Math.abs(score) === 1) return String(score);
  return score.toFixed(Math.min(9, Math.max(3, decimals(1 - Math.abs(score)))));
}

/** Decimals that show two digits of `distance` (0.05 → 3), at least 1. */
function decimals(distance: number): number {
  let d = 1;
  for (let unit = 1; distance < unit && d < 99; unit /= 10) d++;
  return d;
}

/** A duration in milliseconds: `820 ms`, `12.3 s`, `1 min 20 s`, `2 h 05 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

const pad = (n: number) => String(n).padStart(2, '0');

/** A size in bytes with decimal units: `812 B`, `13.4 kB`, `370 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 99.95 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `91.3% … 95.3%`; empty where there is none. */
export function interval(
  { low, high }: { readonly low: number | null; readonly high: number | null },
  format: (x: number | null) => string,
): string {
  return low === null || high === null ? '' : `${format(low)} … ${format(high)}`;
}
