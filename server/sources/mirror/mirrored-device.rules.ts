import { hash } from 'node:crypto'
import { isReservedTag } from '#contract/device-protocol'
import { clip, storable } from '../../platform/db/storable-text.ts'
import type { SourceDevice } from '../fleet-source.ts'

/** As many tags as a device may have here. */
const MAX_TAGS = 100

export type Known = {
  id: number
  uuid: string
  fleet_id: number
  name: string
  device_type: string
  tags: Record<string, string>
  pin_release_id: number | null
  fingerprint: string
}
export type Place = { fleetId: number; releases: Map<string, { id: number; semver: string }> }

/** A device of the source, and where it stands here. */
export type Read = { device: SourceDevice; known: Known | null; place: Place; fingerprint: string }

export const fingerprintOf = (device: SourceDevice) => hash('sha256', JSON.stringify(device), 'base64url')

export const labelsOf = (device: SourceDevice) =>
  Object.fromEntries(
    Object.entries(storable(device.tags))
      .filter(([key]) => !isReservedTag(key))
      .slice(0, MAX_TAGS),
  )
export const factsOf = (device: SourceDevice) =>
  Object.fromEntries(Object.entries(storable(device.tags)).filter(([key]) => isReservedTag(key)))

export const nameOf = (device: SourceDevice) => storable(clip(device.name, 100))
