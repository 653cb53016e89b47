import { sql, type Kysely } from 'kysely'
import type { Topic } from '#contract/events'
import type { Change } from '../platform/changes.ts'
import type { Database } from '../platform/db/database.ts'
import type { Schema } from '../platform/db/schema.ts'
import type { HubPatch } from '../platform/hub-providers.ts'
import { Scene } from './scene.ts'
import { analyse, watchStatements } from './statements.ts'

export const DEVICES = 3_000

/** Devices of two fleets with every kind of gap and tie, made inside the database. */
export const seedDevices = (db: Kysely<Schema>, fleetIds: readonly number[], from: number, to: number) =>
  sql`insert into device (uuid, name, fleet_id, device_type, key_hash, connectivity, last_seen_at, health, health_rank, health_reasons,
      tags, ip_address, mac_address, cpu_id, update_state, os_version, cpu_percent, memory_used_mib, memory_total_mib)
    select md5('d' || n), (array['pump', 'Gate', 'ÄÖ hall'])[1 + n % 3] || ' ' || n % 70, (${[...fleetIds]}::bigint[])[1 + n % 2],
      (array['raspberrypi4-64', 'intel-nuc'])[1 + n % 2], md5('k' || n), (array['online', 'late', 'offline', 'never'])[1 + n % 4],
      case when n % 5 > 0 then now() - n * interval '1 second' end, (array['critical', 'attention', 'unknown', 'ok'])[1 + n % 4], n % 4,
      case when n % 4 < 2 then '[{"code": "offline", "severity": "critical", "layer": "network", "since": "2026-01-01T00:00:00.000Z", "evidence": "away"}]'::jsonb else '[]' end,
      case when n % 3 > 0 then jsonb_build_object('site', 's ' || n % 9, 'rack', 'r' || n % 50) else '{}' end,
      case when n % 7 > 0 then '10.0.' || n % 20 || '.' || n % 250 end, 'DC:A6:32:' || lpad(to_hex(n), 6, '0'), '1000000' || to_hex(n),
      (array['idle', 'downloading', 'applying'])[1 + n % 3], (array['6.4.0', '6.5.3', null])[1 + n % 3], nullif(n % 101, 100),
      100 + n % 900, nullif(n % 4, 3) * 500
    from generate_series(${from}::int, ${to}::int) as n`.execute(db)

/** A gateway whose statements are watched, with so many devices, events and lines that going through them would show. */
export async function openDevicesScene(database: Database) {
  const watched = watchStatements(database)
  const scene = await Scene.on(watched.database)
  const { hub, clock } = scene.app
  const fleetIds = [(await scene.fleet()).id, (await scene.fleet('intel-nuc')).id]
  await seedDevices(database.db, fleetIds, 1, DEVICES)
  await sql`insert into device_event (at, device_id, fleet_id, kind, summary, data)
    select ${clock.now()}::timestamptz - id * interval '1 second', id, fleet_id, 'connectivity', 'away', '{"to": "offline"}' from device`.execute(
    database.db,
  )
  await sql`insert into log_line (device_id, fleet_id, is_system, is_stderr, level, at, received_at, message)
    select id, fleet_id, true, false, 'info', now(), now(), 'line' from device`.execute(database.db)
  await analyse(database.db)
  return {
    scene,
    watched,
    fleetIds,
    /** What somebody who watches a topic is sent. */
    watch: async (topic: Topic) => {
      const sent: HubPatch[] = []
      const { stop } = await hub.subscribe(topic, null, {
        userId: 1,
        within: 'all' as const,
        isReady: () => true,
        isDrained: () => true,
        send: (patch) => sent.push(patch),
        resync: () => undefined,
      })
      return { sent, stop }
    },
    /** A change of the health of some device that needs attention, which is not stored. */
    healthChange: async (): Promise<Change> => ({
      kind: 'device',
      ...(await database.db
        .selectFrom('device')
        .select(['id as deviceId', 'uuid', 'fleet_id as fleetId'])
        .where(sql<string>`health`, '=', 'attention')
        .orderBy('id')
        .limit(1)
        .executeTakeFirstOrThrow()),
      aspects: new Set(['health']),
    }),
    /** The hub's next tick in which every topic is due, after these changes. */
    tickAfter: async (...changes: Change[]) => {
      clock.advance(2_000)
      hub.note(changes)
      await hub.tick()
    },
  }
}
