import type { DeviceDetail } from '#contract/device'
import type { DeviceHealth } from '#contract/health'
import type { LogLine } from '#contract/log'
import type { Written } from './archive.ts'
import type { NoteOfDevice } from './diagnostics-deps.ts'

/** Control characters and those that turn the direction of text are written out: a terminal or editor obeys them. */
export const visible = (text: string): string =>
  text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u{${character.charCodeAt(0).toString(16)}}`,
  )

export const asText = (line: LogLine): string =>
  visible(`${line.at} ${line.service ?? 'system'} ${line.level.toUpperCase()} ${line.message}`)

/** Notes as people wrote them, each under who and when. */
export const notesText = (notes: readonly NoteOfDevice[]): string =>
  notes.length === 0
    ? 'Nothing was noted.\n'
    : visible(
        notes
          .map(({ author, body, created_at, edited_at, edited_by }) => {
            const edited =
              edited_at === null ? '' : `, edited ${edited_at.toISOString()} by ${edited_by ?? author}`
            return `## ${created_at.toISOString()} by ${author}${edited}\n\n${body}\n`
          })
          .join('\n'),
      )

const shareText = ({ count, of }: { count: number; of: number }) => `${count} of ${of}`

/** The reasons of a device as a person reads them. */
export function healthText({ health, reasons }: DeviceHealth): string {
  const told = reasons.map(({ reason, rule, spread, change, help }) =>
    [
      `${reason.code} (${reason.severity}, ${reason.layer}${reason.service === undefined ? '' : ` ${reason.service}`})`,
      `  ${reason.evidence}, since ${reason.since}`,
      `  Rule: ${rule}`,
      `  Devices that show it now: ${shareText(spread.fleet)} of its fleet` +
        (spread.release === null
          ? ''
          : `, ${shareText(spread.release.same)} on ${spread.release.semver}, ${shareText(spread.release.others)} on other releases`),
      ...(change === null ? [] : [`  Before it: ${change.summary}, ${change.at}`]),
      ...help.map((line) => `  ${line}`),
    ].join('\n'),
  )
  return visible(`${[`Health: ${health}`, ...told].join('\n\n')}\n`)
}

export type ReadmeFacts = {
  device: DeviceDetail
  from: Date
  to: Date
  madeBy: string
  version: string
  store: string
  /** Values that were looked for. */
  masked: number
  fromDevice: string
  /** Lines of the log that were taken, and whether there were more. */
  log: { lines: number; isCut: boolean } | null
}

const wide = (name: string) => name.padEnd(24)

/** What the archive holds, for whom it is handed to. */
export function readmeText(facts: ReadmeFacts, written: readonly Written[]): string {
  const { device, log } = facts
  return visible(
    [
      `Diagnostics of ${device.name}`,
      '',
      `Device      ${device.uuid}, ${device.deviceType}, of the fleet ${device.fleetName}`,
      `Then        ${device.connectivity}, health ${device.health}, last heard ${device.lastSeenAt ?? 'never'}`,
      `Range       ${facts.from.toISOString()} to ${facts.to.toISOString()}, by the clock of the gateway`,
      `Made        ${facts.to.toISOString()} by ${facts.madeBy}`,
      `Gateway     Wheelhouse ${facts.version} on ${facts.store}`,
      `Host OS     ${device.osVersion ?? 'not known'}`,
      `Supervisor  ${device.supervisorVersion ?? 'not known'}`,
      '',
      'What is inside',
      ...written.map(
        ({ name, about, failure }) => `  ${wide(name)}${failure === null ? about : `missing: ${failure}`}`,
      ),
      '',
      'The log',
      log === null
        ? '  could not be read'
        : `  ${log.lines} lines, the newest of the range${log.isCut ? '; there are older ones that were left out' : ', all of it'}`,
      '',
      'From the device itself',
      `  ${facts.fromDevice}`,
      '',
      'What is masked',
      '  Values of variables whose name looks secret (such as API_KEY or DB_PASSWORD), set for the device or its fleet,',
      '  and the same in images, labels, tags and facts: wherever they appear in this archive, log lines included.',
      `  ${facts.masked} such values were looked for. Those shorter than 4 characters are masked beside their name only.`,
      '  Keys of this device, provisioning keys of its fleet and API tokens, known to the gateway by their hash.',
      '  What looks like a token, a private key, a password in an address or an assignment, whatever its value.',
      '  Not masked is what the gateway cannot know: secrets that a service made up or was given by others, and older',
      '  values of variables. Look through the log before you hand it to somebody outside.',
      '',
    ].join('\n'),
  )
}
