import type { FoundDevice, SearchMatch } from '#contract/search'

const fieldWords: Record<SearchMatch['field'], string> = {
  name: 'name',
  uuid: 'uuid',
  tag: 'tag',
  address: 'IP address',
  mac: 'MAC address',
  serial: 'serial number',
}

const UUID_SHOWN = 12

function valueOf({ field, label, value }: SearchMatch): string {
  if (field === 'tag') return label === null ? value : `${label}=${value}`
  return field === 'uuid' && value.length > UUID_SHOWN ? `${value.slice(0, UUID_SHOWN)}…` : value
}

/**
 * Why a device was found, as `serial number 1000000abc` or `similar name`; empty where its name says it all.
 */
export function findInWords({ grade, matches }: Pick<FoundDevice, 'grade' | 'matches'>): string {
  const told = matches.flatMap((match) => {
    const isSimilar = match.grade === 'similar'
    if (match.field === 'name') return isSimilar ? ['similar name'] : []
    return [`${isSimilar ? 'similar ' : ''}${fieldWords[match.field]} ${valueOf(match)}`]
  })
  return told.length === 0 && grade === 'similar' ? 'similar name' : told.join(', ')
}
