import { z } from 'zod'
import { connectivity } from '#contract/device'
import { deviceReport } from '#contract/device-protocol'
import { architecture } from '#contract/fleet'
import { releaseStatus } from '#contract/release'
import type { SourceDevice, SourceFleet, SourceLine, SourceRelease } from '../sources/fleet-source.ts'

const text = z.string().min(1)
const commit = text
const uuid = z.string().regex(/^[0-9a-f]{32,62}$/)
const deviceType = z.strictObject({ slug: text, name: text, architecture })

const fleet: z.ZodType<SourceFleet> = z.strictObject({
  uuid,
  name: text,
  deviceType,
  target: z.strictObject({ kind: z.enum(['track-latest', 'pinned']), commit: commit.nullable() }),
  services: z.array(text),
})
const release: z.ZodType<SourceRelease> = z.strictObject({
  fleetUuid: uuid,
  commit,
  semver: text,
  status: releaseStatus,
  failureReason: text.nullable(),
  notes: z.string(),
  composition: z.record(z.string(), z.unknown()),
  createdAt: z.date(),
  finalisedAt: z.date().nullable(),
  images: z.array(
    z.strictObject({
      service: text,
      image: text,
      digest: text.nullable(),
      sizeBytes: z.int().nonnegative().nullable(),
    }),
  ),
})
const device: z.ZodType<SourceDevice> = z.strictObject({
  uuid,
  fleetUuid: uuid,
  name: text,
  deviceType,
  createdAt: z.date(),
  connectivity,
  connectivityChangedAt: z.date().nullable(),
  pin: commit.nullable(),
  publicAddress: text.nullable(),
  report: deviceReport,
  tags: z.record(z.string(), z.string()),
})
const line: z.ZodType<SourceLine> = z.strictObject({
  at: z.date(),
  receivedAt: z.date(),
  service: text.nullable(),
  isSystem: z.boolean(),
  isStderr: z.boolean(),
  message: z.string(),
})

/** Answers what was given when it has every field in its form and no other. */
const checked =
  <T>(schema: z.ZodType<T>) =>
  (value: T): T => {
    schema.parse(value)
    return value
  }
export const checkedFleet = checked(fleet)
export const checkedRelease = checked(release)
export const checkedDevice = checked(device)
export const checkedLine = checked(line)
