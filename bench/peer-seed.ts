/** Devices of one fleet with a release of three services, as open-balena-api stores them. */
import type pg from 'pg'
import { keyOf, uuidOf, type Runs } from './ingest-fleet.ts'

const APP_UUID = 'f'.repeat(32)
const COMMIT = 'c'.repeat(32)

/** Fills the peer's database; answers what its devices run. */
export async function seedPeer(client: pg.Client, devices: number): Promise<Runs> {
  await client.query('begin')
  const images = ['sensor', 'uplink', 'display'].map((name) => ({
    name,
    image: `registry2.balenadev.io/v2/${name.padEnd(32, '0')}`,
  }))
  const id = async (text: string, values: unknown[] = []) =>
    Number((await client.query<{ id: number }>(`${text} returning id`, values)).rows[0]?.id)
  const architecture = await id(`insert into "cpu architecture" (slug) values ('aarch64')`)
  const type = await id(
    `insert into "device type" (slug, name, "is of-cpu architecture") values ('raspberrypi4-64', 'Raspberry Pi 4', $1)`,
    [architecture],
  )
  const actor = await id('insert into actor default values')
  const app = await id(
    `insert into application (actor, "should track latest release", "is of-class", organization, "app name", slug,
      "is for-device type", "application type", "is host", "is archived", uuid, "is public")
     select $1, true, 'fleet', o.id, 'Ingest', 'admin/ingest', $2, t.id, false, false, $3, false
     from organization o, "application type" t limit 1`,
    [actor, type, APP_UUID],
  )
  const release = await id(
    `insert into release ("belongs to-application", commit, composition, status, source, "start timestamp", "end timestamp",
      "update timestamp", "is invalidated", "is passing tests", "is finalized at-date", "semver major", "semver minor", "semver patch",
      "semver prerelease", "semver build", variant, revision)
     values ($1, $2, '{}', 'success', 'cloud', now(), now(), now(), false, true, now(), 1, 0, 0, '', '', '', 0)`,
    [app, COMMIT],
  )
  await client.query('update application set "should be running-release" = $1 where id = $2', [release, app])
  for (const { name, image } of images) {
    const service = await id(`insert into service (application, "service name") values ($1, $2)`, [app, name])
    const built = await id(
      `insert into image ("start timestamp", "end timestamp", "push timestamp", "is a build of-service", "is stored at-image location", status)
       values (now(), now(), now(), $1, $2, 'success')`,
      [service, image],
    )
    await client.query(
      `insert into "image-is part of-release" (image, "is part of-release") values ($1, $2)`,
      [built, release],
    )
  }
  for (let n = 1; n <= devices; n += 1) {
    const own = await id('insert into actor default values')
    const device = await id(
      `insert into device (actor, uuid, "device name", "is of-device type", "belongs to-application", "is running-release")
       values ($1, $2, $3, $4, $5, $6)`,
      [own, uuidOf(n), `device ${String(n)}`, type, app, release],
    )
    const key = await id(`insert into "api key" (key, "is of-actor") values ($1, $2)`, [keyOf(n), own])
    await client.query(
      `insert into "api key-has-role" ("api key", role) select $1, id from role where name = 'device-api-key'`,
      [key],
    )
    await client.query(
      `insert into "image install" (device, "installs-image", "install date", status, "is provided by-release")
       select $1, image, now(), 'Running', $2 from "image-is part of-release" where "is part of-release" = $2`,
      [device, release],
    )
    await client.query(
      `insert into "service install" (device, "installs-service") select $1, id from service where application = $2`,
      [device, app],
    )
  }
  await client.query('commit')
  await client.query('analyze')
  return { appUuid: APP_UUID, commit: COMMIT, images }
}
