import { isMap, isScalar, isSeq, visit, type Node, type YAMLMap } from 'yaml'
import { asMap, entries, valueText, type Checker } from './compose-nodes.ts'

/** Names the file declares, for services to refer to. */
export type Declared = {
  volumes: ReadonlySet<string>
  networks: ReadonlySet<string>
  services: ReadonlySet<string>
}

const RESTART = /^(no|always|unless-stopped|on-failure(:\d+)?)$/
const PORT = /^((\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]):)?((\d+(-\d+)?)?:)?\d+(-\d+)?(\/(tcp|udp|sctp))?$/i
const MAX_PORT = 65_535
const NETWORK_MODES = ['bridge', 'host', 'none']
/** Characters that no store and no device can hold: NUL, and halves of a surrogate pair. */
const UNSTORABLE = /\0|\p{Surrogate}/u

/** Refuses text that could not be stored, at the line where it stands. */
export function checkText(check: Checker, text: string, contents: unknown): void {
  if (UNSTORABLE.test(text))
    check.error(null, '', 'holds a character that cannot be stored (NUL or half a pair)')
  if (!isMap(contents) && !isSeq(contents)) return
  visit(contents, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && UNSTORABLE.test(node.value))
        check.error(node, '', 'holds a character that cannot be stored (NUL or half a pair)')
    },
  })
}

/** What names exist, and that what a service asks of the device can be had there. */
export function checkRunnable(check: Checker, service: YAMLMap, path: string, declared: Declared): void {
  checkVolumes(check, service, path, declared.volumes)
  checkPorts(check, service, path)
  checkDevices(check, service, path)
  checkNames(check, service, `${path}.networks`, 'networks', declared.networks, ['default'])
  checkNames(check, service, `${path}.depends_on`, 'depends_on', declared.services, [])
  const restart = service.get('restart', true)
  const policy = valueText(restart)
  if (restart && (policy === null || !RESTART.test(policy === 'false' ? 'no' : policy)))
    check.error(restart, `${path}.restart`, 'must be no, always, unless-stopped or on-failure')
  const privileged = service.get('privileged', true)
  if (privileged && !(isScalar(privileged) && typeof privileged.value === 'boolean'))
    check.error(privileged, `${path}.privileged`, 'must be true or false')
  const mode = service.get('network_mode', true)
  const modeText = valueText(mode)
  if (
    mode &&
    (modeText === null || !(NETWORK_MODES.includes(modeText) || /^(service|container):./.test(modeText)))
  )
    check.error(mode, `${path}.network_mode`, `must be ${NETWORK_MODES.join(', ')} or service:name`)
}

/** `[text items]` of a list, with a complaint when it is none. */
function items(check: Checker, service: YAMLMap, path: string, key: string): Node[] {
  const node = service.get(key, true)
  if (node === undefined || (isScalar(node) && node.value === null)) return []
  if (isSeq(node)) return node.items as Node[]
  check.error(node, `${path}.${key}`, 'must be a list')
  return []
}

function checkVolumes(check: Checker, service: YAMLMap, path: string, volumes: ReadonlySet<string>): void {
  const source = (item: Node, name: string) => {
    if (/^[./~]/.test(name))
      check.error(
        item,
        `${path}.volumes`,
        `"${name}" binds a folder of the host, which the supervisor does not allow; use a named volume or an io.balena.features label`,
      )
    else if (!volumes.has(name))
      check.error(item, `${path}.volumes`, `the volume "${name}" is not declared under "volumes"`)
  }
  for (const item of items(check, service, path, 'volumes')) {
    const long = asMap(item)
    if (long) {
      const type = valueText(long.get('type', true) ?? null)
      if (type === 'tmpfs') continue
      if (type !== 'volume') check.error(item, `${path}.volumes`, 'must be of type volume or tmpfs')
      else source(item, valueText(long.get('source', true) ?? null) ?? '')
      continue
    }
    const text = valueText(item)
    if (text === null || !text.includes(':'))
      check.error(item, `${path}.volumes`, 'must be written as name:/path')
    else source(item, text.split(':')[0] ?? '')
  }
}

function checkPorts(check: Checker, service: YAMLMap, path: string): void {
  for (const item of items(check, service, path, 'ports')) {
    if (isMap(item)) continue
    const text = valueText(item)
    const numbers = (text ?? '').replace(/^.*\]:|^(\d{1,3}\.){3}\d{1,3}:/, '').match(/\d+/g) ?? []
    if (
      text === null ||
      !PORT.test(text) ||
      numbers.some((port) => Number(port) < 1 || Number(port) > MAX_PORT)
    )
      check.error(item, `${path}.ports`, `"${text ?? ''}" is not a port mapping such as 80:8080 or 53:53/udp`)
  }
}

function checkDevices(check: Checker, service: YAMLMap, path: string): void {
  for (const item of items(check, service, path, 'devices')) {
    const text = valueText(item)
    if (text === null || !/^\/[^:\s]+(:\/[^:\s]+(:[rwm]{1,3})?)?$/.test(text))
      check.error(
        item,
        `${path}.devices`,
        `"${text ?? ''}" is not a device such as /dev/ttyUSB0:/dev/ttyUSB0`,
      )
  }
}

/** Names in list or map form that must be among `known`. */
function checkNames(
  check: Checker,
  service: YAMLMap,
  path: string,
  key: string,
  known: ReadonlySet<string>,
  builtIn: readonly string[],
): void {
  const node = service.get(key, true)
  const named = isMap(node)
    ? entries(node).map(({ key: name, keyNode }) => ({ name, at: keyNode }))
    : isSeq(node)
      ? node.items.map((item) => ({ name: valueText(item) ?? '', at: item }))
      : []
  for (const { name, at } of named) {
    if (!known.has(name) && !builtIn.includes(name))
      check.error(at, path, `"${name}" is not declared in this file`)
  }
}
