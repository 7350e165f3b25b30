// How values are written for people, and how text that anybody may have written is made safe to read.

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text without characters that control a terminal or turn the direction of writing; they are shown instead. */
export function clean(text) {
  return String(text).replace(CONTROL, each => {
    const code = each.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}

/** The beginning of a long text, and how long it is. */
export function brief(text, most = 120) {
  const all = clean(text);
  return all.length <= most ? all : `${all.slice(0, most)}… (${all.length} characters)`;
}

/** The beginning of a label that has little room. */
export function cut(text, most) {
  const all = clean(text);
  return all.length <= most ? all : `${all.slice(0, most - 1)}…`;
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A number in as many digits as a table needs; nothing where there is none. */
export function number(value) {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value !== 'number') return clean(value);
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return grouped.format(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(3);
  return value.toFixed(size >= 1000 ? 1 : size >= 100 ? 2 : size >= 1 ? 3 : 4);
}

/** A count in short, such as 6.74 B. */
export function short(value) {
  if (typeof value !== 'number') return '';
  for (const [unit, size] of [['T', 1e12], ['G', 1e9], ['M', 1e6], ['k', 1e3]]) {
    if (Math.abs(value) >= size) return `${(value / size).toPrecision(3)} ${unit}`;
  }
  return number(value);
}

export function bytes(value) {
  if (!value) return value === 0 ? '0 B' : '';
  let rest = value;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB', 'TiB']) {
    if (Math.abs(rest) < 1024 || unit === 'TiB') return `${unit === 'B' ? rest : rest.toFixed(1)} ${unit}`;
    rest /= 1024;
  }
  return '';
}

export function duration(seconds) {
  if (seconds === undefined || !Number.isFinite(seconds)) return '';
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A time of today by the clock, others with their date. */
export function time(value) {
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return '';
  const clock = at.toTimeString().slice(0, 8);
  const day = `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
  return new Date().toDateString() === at.toDateString() ? clock : `${day} ${clock}`;
}

export const percent = (part, all) => all > 0 ? `${Math.floor(100 * part / all)} %` : '';

export const plural = (count, one, more = `${one}s`) => `${grouped.format(count)} ${count === 1 ? one : more}`;

/** Compares numbers as numbers and texts as texts, nothing last. */
export function order(a, b) {
  const none = value => value === undefined || value === null || value === '';
  if (none(a) || none(b)) return none(a) - none(b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}
const collator = new Intl.Collator('en', { numeric: true });
