import type { CompareGroup, CompareRow, DeviceComparison } from '#contract/device-compare'
import { shortImage } from '@/domain/image-words'
import { formatCount, formatMib, formatNoun } from '@/lib/format'
import { formatDuration } from '@/lib/time'

export const groupWords: Record<CompareGroup, string> = {
  software: 'Software',
  services: 'Services',
  variables: 'Variables',
  tags: 'Tags',
  metrics: 'Metrics',
  events: 'Events',
}

/** A value of a row in its unit, an image by its short name; `none` where there is none. */
export function valueText(
  value: CompareRow['own'],
  { unit, group }: Pick<CompareRow, 'unit' | 'group'>,
): string {
  if (value === null) return 'none'
  if (value === '') return 'empty'
  if (typeof value === 'string') return group === 'services' ? shortImage(value) : value
  switch (unit) {
    case 'percent':
      return `${Math.round(value)} %`
    case 'celsius':
      return `${Math.round(value)} °C`
    case 'mib':
      return formatMib(value)
    case 'duration':
      return formatDuration(value)
    default:
      return formatCount(Math.round(value * 10) / 10)
  }
}

/** Where the device falls among its fleet: `higher than 97 % of 412 devices`. */
export function placeInFleet({ own, spread }: Pick<CompareRow, 'own' | 'spread'>): string | null {
  if (spread === null || typeof own !== 'number') return null
  const devices = formatNoun(spread.devices, 'device')
  if (own > spread.high) return `higher than ${Math.floor(spread.below * 100)} % of ${devices}`
  if (own < spread.low) return `lower than ${Math.floor((1 - spread.below) * 100)} % of ${devices}`
  return `as usual among ${devices}`
}

/** What is different, in one sentence for somebody on the telephone. */
export function differenceInWords(row: CompareRow, against: DeviceComparison['against']): string {
  const own = valueText(row.own, row)
  const other = valueText(row.other, row)
  if (row.isMasked && row.own !== null && row.other !== null) return `${row.label} has another value`
  if (row.spread !== null) return `${row.label}: ${own}, ${placeInFleet(row) ?? ''} (median ${other})`
  const whose = against.kind === 'fleet' ? 'the fleet' : against.name
  if (row.own === null) return `${row.label}: this device has none, ${whose} has ${other}`
  if (row.other === null) return `${row.label}: only this device has it${row.isMasked ? '' : ` (${own})`}`
  const most =
    row.share === null
      ? other
      : `${other} on ${formatCount(row.share.devices)} of ${formatCount(row.share.of)}`
  return `${row.label}: ${own} here, ${most}`
}
