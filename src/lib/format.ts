import { lazyNumberFormat } from './lazy-format'

const grouped = lazyNumberFormat({})
const oneDecimal = lazyNumberFormat({ maximumFractionDigits: 1 })

/** `12,408`. By hand where that is easy: it is on every page, and the browser's formatter is slow to make. */
export const formatCount = (value: number): string =>
  Number.isSafeInteger(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, ',') : grouped.format(value)

/** `1 device`, `3 devices`; `plural` when it is not the singular with an s. */
export const formatNoun = (count: number, singular: string, plural = `${singular}s`): string =>
  `${formatCount(count)} ${count === 1 ? singular : plural}`

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const
/** Bytes in powers of 1000, as disks and data plans count them: `12.4 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const text = value >= 100 || unit === 0 ? formatCount(Math.round(value)) : oneDecimal.format(value)
  return `${text} ${BYTE_UNITS[unit] ?? 'B'}`
}

/** MiB as devices report memory and storage: `1.9 GiB`. */
export function formatMib(mib: number): string {
  return mib >= 1024 ? `${oneDecimal.format(mib / 1024)} GiB` : `${formatCount(Math.round(mib))} MiB`
}

/** Share of a whole, 0-100 without false precision: `<1 %`, `>99 %`. An empty whole has no share. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '–'
  const percent = (part / whole) * 100
  if (percent > 0 && percent < 1) return '<1 %'
  if (percent > 99 && percent < 100) return '>99 %'
  return `${Math.round(percent)} %`
}

/** How many times smaller than a full pull: `14× less`. */
export function formatSaving(sentBytes: number, fullBytes: number): string {
  if (fullBytes <= 0) return '–'
  if (sentBytes <= 0) return 'all saved'
  const times = fullBytes / sentBytes
  return times >= 2
    ? `${oneDecimal.format(times)}× less`
    : `${formatShare(fullBytes - sentBytes, fullBytes)} saved`
}

/** First characters of a commit or uuid. */
export const shortHash = (hash: string): string => hash.slice(0, 7)
