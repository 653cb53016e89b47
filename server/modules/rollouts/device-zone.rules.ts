import { timeZone } from '#contract/rollout-plan'

/** Where a device can name its time zone. */
export type ZoneSources = {
  tags: Readonly<Record<string, string>>
  /** The variable `TZ` of the device, and of its fleet. */
  deviceZone: string | null
  fleetZone: string | null
}

/**
 * The zone a device names: its tag `timezone` goes before its own variable `TZ`, and that before its fleet's. One that is
 * not known counts as none (`zone: null`: the plan's own is taken), and `unknown` says which it was and where it stands.
 */
export function zoneOf({ tags, deviceZone, fleetZone }: ZoneSources): {
  zone: string | null
  unknown: { value: string; from: string } | null
} {
  const named = [
    { value: tags['timezone'], from: 'the tag timezone' },
    { value: deviceZone, from: 'its variable TZ' },
    { value: fleetZone, from: "its fleet's variable TZ" },
  ]
  for (const { value, from } of named) {
    if (value === undefined || value === null || value.trim() === '') continue
    // POSIX allows a colon before the name of a zone: TZ=:Europe/Vienna.
    const zone = timeZone.safeParse(value.trim().replace(/^:/, ''))
    return zone.success ? { zone: zone.data, unknown: null } : { zone: null, unknown: { value, from } }
  }
  return { zone: null, unknown: null }
}
