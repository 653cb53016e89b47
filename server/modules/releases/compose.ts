import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml'
import type { Architecture } from '#contract/fleet'
import { updateStrategies, type ComposeProblem, type ImageInfo, type ReleaseService } from '#contract/release'

/** A compose file read for devices: its services, and everything that cannot run there, with line numbers. */
export type ParsedCompose = {
  problems: ComposeProblem[]
  services: (ReleaseService & { composition: Record<string, unknown> })[]
  networks: Record<string, unknown>
  volumes: Record<string, unknown>
}

const MAX_SERVICES = 100
const MAX_ALIASES = 50
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/
const LABEL = /^[^\s"'`]+$/
const STRATEGY_LABELS = ['io.balena.update.strategy', 'io.resin.update.strategy']
/** Docker platforms as balena architectures. */
const PLATFORMS: Record<string, Architecture> = {
  'linux/arm64': 'aarch64',
  'linux/arm64/v8': 'aarch64',
  'linux/arm/v7': 'armv7hf',
  'linux/arm/v6': 'rpi',
  'linux/amd64': 'amd64',
  'linux/386': 'i386',
}
/** Keys the supervisor takes (docs.balena.io compose reference); the others are said to have no effect. */
const SERVICE_KEYS = new Set([
  'image',
  'environment',
  'labels',
  'platform',
  'cap_add',
  'cap_drop',
  'cgroup_parent',
  'command',
  'cpu_quota',
  'cpu_shares',
  'cpus',
  'cpuset',
  'depends_on',
  'devices',
  'device_cgroup_rules',
  'dns',
  'dns_opt',
  'dns_search',
  'domainname',
  'entrypoint',
  'expose',
  'extra_hosts',
  'group_add',
  'healthcheck',
  'hostname',
  'init',
  'ipc',
  'mac_address',
  'mem_limit',
  'mem_reservation',
  'network_mode',
  'networks',
  'oom_kill_disable',
  'oom_score_adj',
  'pid',
  'ports',
  'privileged',
  'read_only',
  'restart',
  'runtime',
  'security_opt',
  'shm_size',
  'stop_grace_period',
  'stop_signal',
  'sysctls',
  'tmpfs',
  'tty',
  'ulimits',
  'user',
  'userns_mode',
  'uts',
  'volumes',
  'working_dir',
  'logging',
])
const FORBIDDEN: Record<string, string> = {
  build: 'the gateway builds no images; give "image" instead',
  env_file: 'there is no such file on a device; list the variables under "environment"',
  extends: 'is not known on devices; write the service out',
  secrets: 'is not known on devices; use variables',
  configs: 'is not known on devices; use variables',
  deploy: 'is not known on devices: every device runs one container a service',
  scale: 'is not known on devices: every device runs one container a service',
  container_name: 'is given by the supervisor',
  links: 'is not known on devices; services of one release reach each other by name',
}
const TOP_KEYS = new Set(['version', 'name', 'services', 'networks', 'volumes'])

class Checker {
  readonly problems: ComposeProblem[] = []
  readonly #lines: LineCounter
  constructor(lines: LineCounter) {
    this.#lines = lines
  }
  add(severity: ComposeProblem['severity'], node: unknown, path: string, message: string): void {
    const range = (node as { range?: [number, number, number] | null } | null | undefined)?.range
    const at = range ? this.#lines.linePos(range[0]) : { line: 1, col: 1 }
    this.problems.push({ line: at.line || 1, column: at.col || 1, severity, path, message })
  }
  error(node: unknown, path: string, message: string): void {
    this.add('error', node, path, message)
  }
}

const asMap = (node: unknown): YAMLMap | null => (isMap(node) ? node : null)
const keyText = (node: unknown) => (isScalar(node) ? String(node.value) : '')
const entries = (map: YAMLMap | null) =>
  (map?.items ?? [])
    .filter(isPair)
    .map((pair) => ({ key: keyText(pair.key), keyNode: pair.key, value: pair.value }))
const valueText = (node: unknown): string | null => {
  if (node === null || node === undefined) return ''
  if (!isScalar(node)) return null
  return node.value === null ? '' : String(node.source ?? node.value)
}

/** `KEY: value` or `- KEY=value`, the two ways compose writes variables and labels. */
function readRecord(
  check: Checker,
  node: unknown,
  path: string,
  isName: RegExp,
  word: string,
): Record<string, string> {
  const record: Record<string, string> = {}
  const put = (key: string, value: string | null, at: unknown) => {
    if (!isName.test(key)) check.error(at, `${path}.${key}`, `"${key}" is not a valid ${word} name`)
    else if (value === null) check.error(at, `${path}.${key}`, 'must be a text or a number')
    else record[key] = value
  }
  if (isMap(node))
    for (const { key, keyNode, value } of entries(node)) put(key, valueText(value), value ?? keyNode)
  else if (isSeq(node)) {
    for (const item of node.items) {
      const text = valueText(item)
      const cut = text?.indexOf('=') ?? -1
      if (text === null) check.error(item, path, `each ${word} must be written as NAME=value`)
      else put(cut === -1 ? text : text.slice(0, cut), cut === -1 ? '' : text.slice(cut + 1), item)
    }
  } else if (node !== null && node !== undefined && !(isScalar(node) && node.value === null))
    check.error(node, path, 'must be a list or a map')
  return record
}

function readImage(check: Checker, service: YAMLMap, path: string): { image: string; digest: string | null } {
  const node = service.get('image', true)
  const text = valueText(node)
  if (!node || text === null || text.trim() === '') {
    if (!service.has('build'))
      check.error(service, `${path}.image`, 'names no image; a device needs one to pull')
    return { image: '', digest: null }
  }
  const image = text.trim()
  if (image.length > 255) check.error(node, `${path}.image`, 'must not be longer than 255 characters')
  if (!/^[a-z0-9]([a-z0-9._\-/:@]*[a-z0-9])?$/i.test(image))
    check.error(node, `${path}.image`, `"${image}" is not an image reference`)
  const digest = /@(sha256:[0-9a-f]{64})$/i.exec(image)?.[1] ?? null
  if (image.includes('@') && digest === null)
    check.error(node, `${path}.image`, 'the digest must be sha256: and 64 hexadecimal characters')
  if (digest === null)
    check.add(
      'warning',
      node,
      `${path}.image`,
      'has no digest: two devices may pull different images under this name',
    )
  return { image: image.toLowerCase(), digest: digest?.toLowerCase() ?? null }
}

function readService(
  check: Checker,
  name: string,
  keyNode: unknown,
  node: unknown,
  volumes: ReadonlySet<string>,
): ParsedCompose['services'][number] | null {
  const path = `services.${name}`
  if (!NAME.test(name))
    check.error(
      keyNode,
      path,
      `"${name}" is not a valid service name: letters, digits, dots, dashes and underscores`,
    )
  const service = asMap(node)
  if (!service) {
    check.error(keyNode, path, 'must be a map with at least an image')
    return null
  }
  for (const { key, keyNode: at } of entries(service)) {
    const reason = FORBIDDEN[key]
    if (reason !== undefined) check.error(at, `${path}.${key}`, reason)
    else if (!SERVICE_KEYS.has(key) && !key.startsWith('x-'))
      check.add('warning', at, `${path}.${key}`, `"${key}" has no effect on devices`)
  }
  const { image, digest } = readImage(check, service, path)
  const labels = readRecord(check, service.get('labels', true), `${path}.labels`, LABEL, 'label')
  const environment = readRecord(
    check,
    service.get('environment', true),
    `${path}.environment`,
    VARIABLE,
    'variable',
  )
  const strategy =
    STRATEGY_LABELS.map((label) => labels[label]).find((value) => value !== undefined) ?? 'download-then-kill'
  const known = updateStrategies.find((other) => other === strategy)
  if (!known)
    check.error(
      service.get('labels', true),
      `${path}.labels`,
      `"${strategy}" is no update strategy; possible: ${updateStrategies.join(', ')}`,
    )
  const platformNode = service.get('platform', true)
  const platform = valueText(platformNode)
  const architecture = platform ? (PLATFORMS[platform] ?? null) : null
  if (platform && architecture === null)
    check.error(
      platformNode,
      `${path}.platform`,
      `"${platform}" is no platform of a device; possible: ${Object.keys(PLATFORMS).join(', ')}`,
    )
  checkVolumes(check, service, path, volumes)
  const {
    image: _i,
    environment: _e,
    labels: _l,
    platform: _p,
    ...composition
  } = service.toJSON() as Record<string, unknown>
  return {
    name,
    image,
    digest,
    architecture,
    updateStrategy: known ?? 'download-then-kill',
    labels,
    environment,
    sizeBytes: null,
    layers: [],
    composition,
  }
}

function checkVolumes(check: Checker, service: YAMLMap, path: string, volumes: ReadonlySet<string>): void {
  const node = service.get('volumes', true)
  if (!isSeq(node)) return
  for (const item of node.items) {
    const text = valueText(item)
    if (text === null) continue
    const source = text.split(':')[0] ?? ''
    if (/^[./~]/.test(source))
      check.error(
        item,
        `${path}.volumes`,
        `"${source}" binds a folder of the host, which the supervisor does not allow; use a named volume or an io.balena.features label`,
      )
    else if (!volumes.has(source))
      check.error(item, `${path}.volumes`, `the volume "${source}" is not declared under "volumes"`)
  }
}

function readNamed(check: Checker, document: Document, key: 'networks' | 'volumes'): Record<string, unknown> {
  const node = document.get(key, true)
  if (node === undefined || (isScalar(node) && node.value === null)) return {}
  const map = asMap(node)
  if (!map) {
    check.error(node, key, 'must be a map')
    return {}
  }
  for (const { key: name, keyNode } of entries(map))
    if (!NAME.test(name)) check.error(keyNode, `${key}.${name}`, `"${name}" is not a valid name`)
  return Object.fromEntries(
    Object.entries(map.toJSON() as Record<string, unknown>).map(([name, value]) => [name, value ?? {}]),
  )
}

/** Reads a docker-compose.yml as a device would have to run it. Never throws; complaints carry line and column. */
export function parseCompose(text: string, images: Record<string, ImageInfo> = {}): ParsedCompose {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: true })
  const check = new Checker(lines)
  const empty: ParsedCompose = { problems: check.problems, services: [], networks: {}, volumes: {} }
  for (const error of document.errors) {
    const at = error.linePos?.[0] ?? { line: 1, col: 1 }
    check.problems.push({
      line: at.line,
      column: at.col,
      severity: 'error',
      path: '',
      message: error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'is not YAML',
    })
  }
  if (check.problems.length > 0) return empty
  let aliases = 0
  visit(document, { Alias: () => void aliases++ })
  if (aliases > MAX_ALIASES) {
    check.error(document.contents, '', `uses ${aliases} aliases, at most ${MAX_ALIASES} are read`)
    return empty
  }
  const top = asMap(document.contents)
  if (!top) {
    check.error(document.contents, '', 'is not a compose file: a map with "services" is needed')
    return empty
  }
  for (const { key, keyNode } of entries(top)) {
    if (key === 'secrets' || key === 'configs' || key === 'include')
      check.error(keyNode, key, 'is not known on devices')
    else if (!TOP_KEYS.has(key) && !key.startsWith('x-'))
      check.add('warning', keyNode, key, `"${key}" has no effect on devices`)
  }
  const networks = readNamed(check, document, 'networks')
  const volumes = readNamed(check, document, 'volumes')
  const serviceMap = asMap(resolve(document, top.get('services', true)))
  const given = entries(serviceMap)
  if (given.length === 0)
    check.error(
      top.get('services', true) ?? top,
      'services',
      'names no service; a release needs at least one',
    )
  if (given.length > MAX_SERVICES)
    check.error(serviceMap, 'services', `has ${given.length} services, at most ${MAX_SERVICES} are possible`)
  const declared = new Set(Object.keys(volumes))
  const services = given
    .slice(0, MAX_SERVICES)
    .flatMap(
      ({ key, keyNode, value }) => readService(check, key, keyNode, resolve(document, value), declared) ?? [],
    )
  for (const service of services)
    Object.assign(
      service,
      images[service.name]
        ? { sizeBytes: images[service.name]?.sizeBytes, layers: images[service.name]?.layers }
        : {},
    )
  for (const name of Object.keys(images))
    if (!services.some((service) => service.name === name))
      check.add('warning', null, `images.${name}`, 'is not a service of this file')
  check.problems.sort((a, b) => a.line - b.line || a.column - b.column)
  return { problems: check.problems, services, networks, volumes }
}

const resolve = (document: Document, node: unknown): Node | unknown =>
  isAlias(node) ? node.resolve(document) : node
