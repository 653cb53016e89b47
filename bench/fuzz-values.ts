/** Random values for a JSON schema: most of them valid, the others wrong in one of the ways that break programs. */

/** A part of what zod makes of a schema (`z.toJSONSchema`). */
export type JsonSchema = {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  $ref?: string
  $defs?: Record<string, JsonSchema>
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | boolean
  propertyNames?: JsonSchema
  items?: JsonSchema | boolean
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  format?: string
  pattern?: string
  default?: unknown
}

/** A small generator of its own, so that a seed gives the same inputs on every machine (mulberry32). */
export class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  /** 0 to 1, 1 excluded. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }
  chance(share: number): boolean {
    return this.next() < share
  }
  pick<T>(of: readonly T[]): T {
    const one = of[this.int(0, of.length - 1)]
    if (one === undefined && of.length === 0) throw new Error('nothing to pick from')
    return one as T
  }
}

const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e',
  "'; drop table device; --",
  '${7*7}',
  '%00',
  '../../../../etc/passwd',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  '=1+1',
  '(a+)+$',
  'a'.repeat(10_000),
  '🦊'.repeat(500),
  '\r\nset-cookie: a=b',
  'null',
  'NaN',
  '-1',
  '1e309',
  '2026-13-45T99:99:99Z',
  '{"$gt":""}',
]
const HOSTILE_NUMBERS = [
  0,
  -1,
  1,
  0.1,
  -0,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  1e308,
  -1e308,
  5e-324,
  Number.MAX_SAFE_INTEGER,
]

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) })

/** Something else than what is asked for. */
export function hostileValue(random: Random): unknown {
  switch (random.int(0, 8)) {
    case 0:
      return null
    case 1:
      return random.pick(HOSTILE_NUMBERS)
    case 2:
      return random.chance(0.5)
    case 3:
      return []
    case 4:
      return {}
    case 5:
      return deep(random.int(2, 200))
    case 6:
      return Array.from({ length: random.int(1, 300) }, () => random.int(0, 9))
    case 7:
      return { [random.pick(HOSTILE_TEXTS)]: random.pick(HOSTILE_TEXTS) }
    default:
      return random.pick(HOSTILE_TEXTS)
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.:/äß漢\n"\''
const textOf = (random: Random, length: number) =>
  Array.from({ length }, () => LETTERS[random.int(0, LETTERS.length - 1)] ?? 'a').join('')

function validText(schema: JsonSchema, random: Random): string {
  if (schema.format === 'date-time')
    return new Date(1_735_689_600_000 + random.int(0, 60 * 86_400) * 1000).toISOString()
  if (schema.format === 'email') return `fuzz${String(random.int(0, 1_000_000))}@fuzz.example`
  if (schema.format === 'uri') return 'https://hook.example/fuzz'
  if (schema.pattern?.includes('[0-9a-f]{32}') === true)
    return Array.from({ length: 32 }, () => random.int(0, 15).toString(16)).join('')
  const least = schema.minLength ?? 0
  const most = Math.min(schema.maxLength ?? 40, least + 40)
  return textOf(random, random.int(least, Math.max(least, most)))
}

function validNumber(schema: JsonSchema, random: Random, isWhole: boolean): number {
  const from = Math.max(schema.minimum ?? -1_000, -1_000_000)
  const to = Math.min(schema.maximum ?? 1_000, 1_000_000)
  const value = from + random.next() * Math.max(0, to - from)
  return isWhole ? Math.ceil(value) : value
}

/** How often a value is not what its schema asks for. */
const WRONG_SHARE = 0.08

/** A value for a schema. `names`: words to use for parts called so, such as `fleetId`, so that they meet what exists. */
export function valueFor(
  schema: JsonSchema,
  random: Random,
  names: ReadonlyMap<string, readonly unknown[]>,
  root: JsonSchema = schema,
  depth = 0,
): unknown {
  if (random.chance(WRONG_SHARE)) return hostileValue(random)
  if (depth > 12) return null
  const go = (part: JsonSchema) => valueFor(part, random, names, root, depth + 1)
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return go(schema.$ref === '#' ? root : (root.$defs?.[name] ?? {}))
  }
  if ('const' in schema) return schema.const
  if (schema.enum) return random.pick(schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices && choices.length > 0) return go(random.pick(choices))
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => go(part)))
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type
  switch (type) {
    case 'string':
      return random.chance(WRONG_SHARE) ? random.pick(HOSTILE_TEXTS) : validText(schema, random)
    case 'integer':
    case 'number':
      return random.chance(WRONG_SHARE)
        ? random.pick(HOSTILE_NUMBERS)
        : validNumber(schema, random, type === 'integer')
    case 'boolean':
      return random.chance(0.5)
    case 'null':
      return null
    case 'array': {
      const length = random.int(
        schema.minItems ?? 0,
        Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? 4, 4)),
      )
      const items = typeof schema.items === 'object' ? schema.items : {}
      return Array.from({ length }, () => go(items))
    }
    case 'object':
      return objectFor(schema, random, names, go)
    default:
      return hostileValue(random)
  }
}

function objectFor(
  schema: JsonSchema,
  random: Random,
  names: ReadonlyMap<string, readonly unknown[]>,
  go: (part: JsonSchema) => unknown,
): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(key) === true
    if (!isRequired && random.chance(0.4)) continue
    if (isRequired && random.chance(0.02)) continue
    const known = names.get(key)
    made[key] = known && known.length > 0 && random.chance(0.8) ? random.pick(known) : go(part)
  }
  if (typeof schema.additionalProperties === 'object')
    for (let count = random.int(0, 3); count > 0; count--) {
      const key = schema.propertyNames ? go(schema.propertyNames) : textOf(random, random.int(1, 12))
      made[String(key)] = go(schema.additionalProperties)
    }
  if (random.chance(0.05)) made[random.pick(HOSTILE_TEXTS)] = hostileValue(random)
  return made
}
