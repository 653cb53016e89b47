import type { SourceCheck } from '#contract/source'
import { SourceFailure } from '../source-failure.ts'
import type { BalenaClient } from './balena-client.ts'
import { applications, deviceNames, publicConfig, whoami } from './balena-model.ts'
import { applicationQuery, ask, isFleet } from './balena-queries.ts'

type Step = SourceCheck['steps'][number]

const numbered = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`
const sentenceOf = (error: unknown) =>
  error instanceof SourceFailure ? error.message : 'The test itself failed; the log of the gateway says why.'

/** Tries in the order in which one thing needs the other, and stops at what fails. */
export async function checkConnection(client: BalenaClient, url: URL): Promise<SourceCheck> {
  const steps: Step[] = []
  // No answer of open-balena-api 49.0.12 tells its version.
  const found = { version: null, actor: null as string | null }
  const add = (name: Step['name'], state: Step['state'], sentence: string) =>
    steps.push({ name, state, sentence })
  const done = (isOk: boolean): SourceCheck => ({ isOk, steps, ...found })

  try {
    await client.get(publicConfig, '/config/vars')
  } catch (error) {
    const isCertificate = error instanceof SourceFailure && error.code === 'certificate'
    add(isCertificate ? 'certificate' : 'address', 'failed', sentenceOf(error))
    return done(false)
  }
  add('address', 'ok', `${client.host} answers.`)
  if (url.protocol === 'https:') add('certificate', 'ok', 'Its certificate is trusted.')
  else add('certificate', 'unknown', 'The address is not https: the token travels in the clear.')

  try {
    const who = await client.get(whoami, '/actor/v1/whoami')
    found.actor = who.username ?? who.email ?? who.actorType ?? null
    add('token', 'ok', found.actor === null ? 'The token is accepted.' : `The token acts as ${found.actor}.`)
  } catch (error) {
    add('token', 'failed', sentenceOf(error))
    return done(false)
  }

  try {
    const fleets = await client.get(
      applications,
      ask('application', { ...applicationQuery, filter: isFleet }),
    )
    const some = await client.get(deviceNames, ask('device', { select: ['id', 'uuid'], top: 1 }))
    const devices = some.d.length === 0 ? 'no device' : 'their devices'
    add('read', 'ok', `It may read ${numbered(fleets.d.length, 'fleet', 'fleets')} and ${devices}.`)
    if (fleets.d.length === 0)
      add('target', 'unknown', 'Whether it may set what devices run shows only when there is a fleet.')
    else
      await checkWrite(
        client,
        fleets.d.map(({ id }) => id),
        add,
      )
    add('logs', 'unknown', 'Log lines are read when somebody looks at a device.')
    add(
      'actions',
      'unknown',
      'Reboots and the like reach only devices that are connected to the VPN of the backend.',
    )
  } catch (error) {
    add('read', 'failed', sentenceOf(error))
    return done(false)
  }
  return done(steps.every((step) => step.state !== 'failed'))
}

/** Whether it may pin, without pinning anything: the change is asked for no device. */
async function checkWrite(
  client: BalenaClient,
  fleetIds: readonly number[],
  add: (name: Step['name'], state: Step['state'], sentence: string) => void,
): Promise<void> {
  const nobody = { and: [{ belongs_to__application: { in: [...fleetIds.slice(0, 1)] } }, { id: { lt: 0 } }] }
  try {
    await client.patch(ask('device', { filter: nobody }), { is_pinned_on__release: null })
    add('target', 'ok', 'It may set what devices run.')
  } catch (error) {
    add('target', 'failed', sentenceOf(error))
  }
}
