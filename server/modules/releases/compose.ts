import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml'
import { updateStrategies, type ComposeProblem, type ImageInfo, type ReleaseService } from '#contract/release'
import { checkRunnable, checkText, type Declared } from './compose-checks.ts'
import { expandAliases } from './compose-expand.ts'
import { FORBIDDEN, PLATFORMS, SERVICE_KEYS, TOP_KEYS } from './compose-keys.ts'
import { asMap, Checker, entries, valueText } from './compose-nodes.ts'

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
      if (text !== null && cut === -1 && word === 'variable')
        check.add('warning', item, path, 'has no value: on a device there is no shell to take it from')
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
  declared: Declared,
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
  checkRunnable(check, service, path, declared)
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

function readNamed(check: Checker, top: YAMLMap, key: 'networks' | 'volumes'): Record<string, unknown> {
  const node = top.get(key, true)
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
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
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
  visit(document, {
    Alias: () => {
      aliases++
    },
  })
  if (aliases > MAX_ALIASES) {
    check.error(document.contents, '', `uses ${aliases} aliases, at most ${MAX_ALIASES} are read`)
    return empty
  }
  const contents = expandAliases(document)
  if (contents === 'too-large') {
    check.error(document.contents, '', 'is too large once its aliases are written out')
    return empty
  }
  checkText(check, text, contents)
  const top = asMap(contents)
  if (!top) {
    check.error(contents, '', 'is not a compose file: a map with "services" is needed')
    return empty
  }
  for (const { key, keyNode } of entries(top)) {
    if (key === 'secrets' || key === 'configs' || key === 'include')
      check.error(keyNode, key, 'is not known on devices')
    else if (!TOP_KEYS.has(key) && !key.startsWith('x-'))
      check.add('warning', keyNode, key, `"${key}" has no effect on devices`)
  }
  const networks = readNamed(check, top, 'networks')
  const volumes = readNamed(check, top, 'volumes')
  const serviceMap = asMap(top.get('services', true))
  const given = entries(serviceMap)
  if (given.length === 0)
    check.error(
      top.get('services', true) ?? top,
      'services',
      'names no service; a release needs at least one',
    )
  if (given.length > MAX_SERVICES)
    check.error(serviceMap, 'services', `has ${given.length} services, at most ${MAX_SERVICES} are possible`)
  const declared = {
    volumes: new Set(Object.keys(volumes)),
    networks: new Set(Object.keys(networks)),
    services: new Set(given.map(({ key }) => key)),
  }
  const services = given
    .slice(0, MAX_SERVICES)
    .flatMap(({ key, keyNode, value }) => readService(check, key, keyNode, value, declared) ?? [])
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
