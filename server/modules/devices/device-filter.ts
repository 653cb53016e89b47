import { sql, type RawBuilder } from 'kysely'
import type { DeviceFilter } from '#contract/device'
import { isFleetWithin, type Within } from '../../platform/within.ts'

const likePattern = (text: string) => text.replace(/[\\%_]/g, '\\$&')

function tagCondition(tag: string): RawBuilder<unknown> {
  const cut = tag.indexOf(':')
  if (cut === -1) return sql`d.tags ? ${tag}`
  return sql`d.tags @> ${JSON.stringify({ [tag.slice(0, cut)]: tag.slice(cut + 1) })}::jsonb`
}

function releaseCondition(values: readonly string[]): RawBuilder<unknown> {
  const ids = values.map(Number).filter((id) => Number.isSafeInteger(id))
  const known = sql`d.current_release_id = any(${ids}::bigint[])`
  return values.includes('none') ? sql`(${known} or d.current_release_id is null)` : known
}

/**
 * The filter of a device list as a condition over the alias `d`, for what is done to all that match; lists themselves are
 * answered from memory and mean the same. Search: name, uuid, IP address or serial number from the start, MAC address or a
 * tag's value.
 */
export function deviceCondition(filter: Within<DeviceFilter>): RawBuilder<boolean> {
  const conditions: RawBuilder<unknown>[] = [sql`d.deleted_at is null`]
  if (filter.within !== 'all') conditions.push(isFleetWithin(filter.within, sql`d.fleet_id`))
  const anyOf = (column: RawBuilder<unknown>, values: readonly string[]) => {
    if (values.length > 0) conditions.push(sql`${column} = any(${[...values]}::text[])`)
  }
  if (filter.fleetId !== undefined) conditions.push(sql`d.fleet_id = ${filter.fleetId}`)
  anyOf(sql`d.health`, filter.health)
  anyOf(sql`d.connectivity`, filter.connectivity)
  anyOf(sql`d.device_type`, filter.deviceType)
  anyOf(sql`d.os_version`, filter.os)
  anyOf(sql`d.update_state`, filter.update)
  if (filter.release.length > 0) conditions.push(releaseCondition(filter.release))
  if (filter.reason.length > 0) {
    const codes = filter.reason.map((code) => sql`d.health_reasons @> ${JSON.stringify([{ code }])}::jsonb`)
    conditions.push(sql`(${sql.join(codes, sql` or `)})`)
  }
  if (filter.tag.length > 0) conditions.push(sql`(${sql.join(filter.tag.map(tagCondition), sql` or `)})`)
  if (filter.pinned !== undefined)
    conditions.push(filter.pinned ? sql`d.pinned_release_id is not null` : sql`d.pinned_release_id is null`)
  if (filter.q.trim() !== '') {
    const text = likePattern(filter.q.trim())
    conditions.push(sql`(d.name ilike ${`%${text}%`} or d.uuid like ${`${text.toLowerCase()}%`} or d.ip_address ilike ${`${text}%`}
      or d.mac_address ilike ${`%${text}%`} or d.cpu_id ilike ${`${text}%`}
      or exists (select 1 from jsonb_each_text(d.tags) tag where tag.value ilike ${`%${text}%`}))`)
  }
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`
}
