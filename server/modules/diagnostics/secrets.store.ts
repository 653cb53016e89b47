import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { Variable } from '#contract/fleet'
import { looksSecret } from '#contract/secret-names'
import { readVariables } from '../../platform/variables.ts'
import { secretsIn } from './masking.rules.ts'

export type KnownSecrets = { variables: Variable[]; values: string[]; hashes: Set<string> }

/**
 * Every secret the gateway knows of a device: values of variables whose name looks secret, of its own and of its fleet,
 * overridden or not; the same in the images of its fleet's releases, its tags and facts; and the hashes of keys and tokens.
 */
export async function readSecrets(
  db: Kysely<Schema>,
  device: { id: number; fleetId: number; tags: object; facts: object },
): Promise<KnownSecrets> {
  const variables = await readVariables(db, device.fleetId, device.id)
  const images = await db
    .selectFrom('release_image as i')
    .innerJoin('release as r', 'r.id', 'i.release_id')
    .select(['i.environment', 'i.labels', 'i.composition'])
    .where('r.fleet_id', '=', device.fleetId)
    .execute()
  const own = await db
    .selectFrom('device')
    .select(['key_hash', 'next_key_hash'])
    .where('id', '=', device.id)
    .executeTakeFirstOrThrow()
  const provisioning = await db
    .selectFrom('provisioning_key')
    .select('key_hash')
    .where('fleet_id', '=', device.fleetId)
    .execute()
  const tokens = await db.selectFrom('api_token').select('token_hash').execute()
  return {
    variables,
    values: [
      ...variables.filter((variable) => looksSecret(variable.name)).map((variable) => variable.value),
      ...secretsIn([images, device.tags, device.facts]),
    ],
    hashes: new Set([
      own.key_hash,
      ...(own.next_key_hash === null ? [] : [own.next_key_hash]),
      ...provisioning.map((row) => row.key_hash),
      ...tokens.map((row) => row.token_hash),
    ]),
  }
}
