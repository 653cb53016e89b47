import { setImmediate } from 'node:timers/promises'
import type { DeviceDetail } from '#contract/device'
import type { LogLine } from '#contract/log'
import type { FleetScope } from '#contract/role'
import { looksSecret } from '#contract/secret-names'
import type { Section } from './archive.ts'
import type { DiagnosticsSources, FromDevice } from './diagnostics-deps.ts'
import { MASK, type Masker } from './masking.rules.ts'
import type { KnownSecrets } from './secrets.store.ts'
import { asText, healthText, notesText, visible } from './text-files.ts'

const MOST_EVENTS = 5_000
/** The archive is made in memory a file at a time, and kept by the page that downloads it. */
const MOST_LOG = { lines: 20_000, characters: 8_000_000 }
/** Characters masked before others have their turn. */
const AT_ONCE = 200_000

export type Bundle = {
  sources: DiagnosticsSources
  device: DeviceDetail
  from: Date
  to: Date
  secrets: KnownSecrets
  /** Whose lines may be in it: a device that moved left some with another fleet. */
  within: FleetScope
  masker: Masker
  fromDevice: FromDevice
}

const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** The log of the range, read once for both files that hold it. */
export function makeLogReader({ sources, device, from, to, masker, within }: Bundle) {
  let reading: Promise<{ lines: LogLine[]; isCut: boolean }> | null = null
  const masked = async () => {
    const { lines, isCut } = await sources.lines(device.uuid, { from, to }, MOST_LOG, within)
    const result: LogLine[] = []
    let characters = 0
    for (const line of lines) {
      result.push({ ...line, deviceName: masker.text(line.deviceName), message: masker.text(line.message) })
      characters += line.message.length
      if (characters < AT_ONCE) continue
      characters = 0
      await setImmediate()
    }
    return { lines: result, isCut }
  }
  return () => (reading ??= masked())
}

/** The files of an archive, but its README. */
export function sectionsOf(bundle: Bundle, readLog: ReturnType<typeof makeLogReader>): Section[] {
  const { sources, device, from, to, masker, secrets, fromDevice } = bundle
  const { services, layers, hostOs, lastUpdate, tags, facts, reasons, ...identity } = device
  const json = (name: string, about: string, read: () => unknown): Section => ({
    name,
    about,
    read: async () => pretty(masker.deep(await read())),
  })
  return [
    json('device.json', 'what is known of the device: identity, versions, addresses, last figures', () => ({
      ...identity,
      tags: masker.named(tags),
      facts: masker.named(facts),
    })),
    {
      name: 'notes.md',
      about: 'what people noted on it, newest first',
      read: async () => masker.text(notesText(await sources.notes(device.id))),
    },
    json('state-current.json', 'what it last reported: services, host OS slots, layers, last update', () => ({
      services,
      hostOs,
      layers,
      lastUpdate,
    })),
    json('state-target.json', 'what it is told to run, as the device gets it', async () =>
      masker.named(await sources.target(device.id)),
    ),
    json('variables.json', 'variables that reach it, by place, with those that are overridden', () =>
      secrets.variables.map((variable) => ({
        ...variable,
        value: looksSecret(variable.name) ? MASK : variable.value,
      })),
    ),
    json('health.json', 'its reasons with rule, limits, evidence, spread and help', () =>
      sources.health(device.uuid),
    ),
    {
      name: 'health.txt',
      about: 'the same to read',
      read: async () => masker.text(healthText(await sources.health(device.uuid))),
    },
    json('timeline.json', 'what happened, as spans on lanes over time', () =>
      sources.timeline(device.uuid, from, to),
    ),
    {
      name: 'events.ndjson',
      about: 'what happened, one JSON object a line, oldest first',
      read: async () => {
        const events = await sources.events(device.id, MOST_EVENTS)
        return events
          .filter((event) => event.at >= from.toISOString())
          .reverse()
          .map((event) => `${JSON.stringify(masker.deep(event))}\n`)
          .join('')
      },
    },
    json('metrics.json', 'its metrics over the range: mean, lowest and highest', () =>
      sources.metrics(device.id, from, to),
    ),
    json('actions.json', 'what was asked of it and what became of that', () => sources.actions(device.uuid)),
    {
      name: 'logs.ndjson',
      about: 'log lines, one JSON object a line, oldest first',
      read: async () => (await readLog()).lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    },
    {
      name: 'logs.txt',
      about: 'the same to read',
      read: async () => (await readLog()).lines.map((line) => `${asText(line)}\n`).join(''),
    },
    ...fromDevice.files.map(({ name, text }) => ({
      name: `from-device/${name}`,
      about: 'told by the device itself',
      read: () => Promise.resolve(visible(masker.text(text))),
    })),
  ]
}
