import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCompose } from './compose.ts'

const digest = `sha256:${'a1'.repeat(32)}`
const good = `services:
  main:
    image: Registry.example/app@${digest}
    platform: linux/arm64
    environment:
      RATE: 5
      FLAG: "yes"
    labels:
      - io.balena.update.strategy=hand-over
    volumes:
      - data:/data
  proxy:
    image: nginx@${digest}
    ports: ["80:80"]
volumes:
  data:
`
const errors = (text: string) => parseCompose(text).problems.filter((problem) => problem.severity === 'error')

test('a good file is read as the target state needs it', () => {
  const parsed = parseCompose(good)
  expect(parsed.problems).toEqual([])
  expect(parsed.services[0]).toMatchObject({
    name: 'main',
    image: `registry.example/app@${digest}`,
    digest,
    architecture: 'aarch64',
    updateStrategy: 'hand-over',
    environment: { RATE: '5', FLAG: 'yes' },
    composition: { volumes: ['data:/data'] },
  })
  expect(parsed.volumes).toEqual({ data: {} })
})

describe('what cannot run on a device is named with its line', () => {
  test.each([
    ['not YAML', 'services:\n  a: [', 2],
    ['a tab', 'services:\n\tmain: {}', 2],
    ['a list', '- a', 1],
    ['no services', 'version: "3"', 1],
    ['build', 'services:\n  main:\n    build: .\n', 3],
    ['no image', 'services:\n  main:\n    restart: always\n', 3],
    ['env_file', `services:\n  main:\n    image: a@${digest}\n    env_file: x\n`, 4],
    ['host folder', `services:\n  main:\n    image: a@${digest}\n    volumes:\n      - /etc:/etc\n`, 5],
    [
      'undeclared volume',
      `services:\n  main:\n    image: a@${digest}\n    volumes:\n      - data:/data\n`,
      5,
    ],
    [
      'strategy',
      `services:\n  main:\n    image: a@${digest}\n    labels:\n      io.balena.update.strategy: never\n`,
      5,
    ],
    ['platform', `services:\n  main:\n    image: a@${digest}\n    platform: windows/amd64\n`, 4],
    ['variable', `services:\n  main:\n    image: a@${digest}\n    environment:\n      - 1BAD=x\n`, 5],
    ['twice', `services:\n  main:\n    image: a@${digest}\n  main:\n    image: b@${digest}\n`, 4],
    ['restart policy', `services:\n  main:\n    image: a@${digest}\n    restart: sometimes\n`, 4],
    ['privileged', `services:\n  main:\n    image: a@${digest}\n    privileged: perhaps\n`, 4],
    ['port', `services:\n  main:\n    image: a@${digest}\n    ports:\n      - 80:80\n      - 80:99999\n`, 6],
    ['device', `services:\n  main:\n    image: a@${digest}\n    devices: [ttyUSB0]\n`, 4],
    ['undeclared network', `services:\n  main:\n    image: a@${digest}\n    networks:\n      - back\n`, 5],
    ['unknown dependency', `services:\n  main:\n    image: a@${digest}\n    depends_on: [db]\n`, 4],
    ['anonymous volume', `services:\n  main:\n    image: a@${digest}\n    volumes:\n      - /data\n`, 5],
    [
      'long bind',
      `services:\n  main:\n    image: a@${digest}\n    volumes:\n      - type: bind\n        source: /etc\n        target: /etc\n`,
      5,
    ],
    ['label with a space', `services:\n  main:\n    image: a@${digest}\n    labels:\n      "a b": c\n`, 5],
    ['NUL', `services:\n  main:\n    image: a@${digest}\n    command: "a\\0b"\n`, 4],
    ['half a pair', `services:\n  main:\n    image: a@${digest}\n    command: "a\\uD800b"\n`, 4],
    ['replicas', `services:\n  main:\n    image: a@${digest}\n    deploy:\n      replicas: 2\n`, 4],
    ['name', `services:\n  "bad name":\n    image: a@${digest}\n`, 2],
  ])('%s', (_name, text, line) => {
    expect(errors(text)[0]?.line).toBe(line)
  })
})

test('a bomb of aliases is refused', () => {
  const bomb = `a: &a [x]\nservices:\n  main:\n    image: a@${digest}\n    x-a: [${'*a,'.repeat(60)}*a]\n`
  expect(errors(bomb)[0]?.message).toMatch(/aliases/)
})

test('anchors and merge keys are read as written out', () => {
  const parsed = parseCompose(`x-base: &base
  image: base@${digest}
  restart: always
  environment: &env {RATE: 5}
services:
  main:
    <<: *base
    image: own@${digest}
  side:
    <<: [*base]
    environment: *env
`)
  expect(parsed.problems).toEqual([])
  expect(parsed.services).toMatchObject([
    { name: 'main', image: `own@${digest}`, environment: { RATE: '5' }, composition: { restart: 'always' } },
    { name: 'side', image: `base@${digest}`, environment: { RATE: '5' }, composition: { restart: 'always' } },
  ])
  expect(Object.keys(parsed.services[0]?.composition ?? {})).toEqual(['restart'])
})

test('aliases that double at each step, or hold themselves, are refused', () => {
  const doubling = Array.from({ length: 24 }, (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}]`).join('\n')
  expect(errors(`x0: &x0 [1]\n${doubling}\nservices: {}\n`)[0]?.message).toMatch(/aliases/)
  expect(errors('services: &s\n  main: *s\n').length).toBeGreaterThan(0)
})

test('unknown keys are warned of, not refused', () => {
  const parsed = parseCompose(
    `services:\n  main:\n    image: a@${digest}\n    pull_policy: always\nextra: 1\n`,
  )
  expect(parsed.problems.map(({ line, severity }) => ({ line, severity }))).toEqual([
    { line: 4, severity: 'warning' },
    { line: 5, severity: 'warning' },
  ])
})

test('whatever is pasted, it answers', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `services:\n  main:\n    image: ${text}\n`),
        fc
          .object({ maxDepth: 3 })
          .map((value) => JSON.stringify({ services: { main: { image: 'a', ...value } } })),
        fc
          .dictionary(
            fc.constantFrom('ports', 'volumes', 'networks', 'devices', 'labels', 'environment'),
            fc.anything(),
          )
          .map((value) => JSON.stringify({ services: { main: { image: 'a', ...value } } })),
      ),
      (text) => {
        const parsed = parseCompose(text)
        for (const problem of parsed.problems) expect(problem.line).toBeGreaterThan(0)
        if (parsed.services.length === 0) expect(parsed.problems.length).toBeGreaterThan(0)
      },
    ),
    { numRuns: 500 },
  )
})
