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
    ['name', `services:\n  "bad name":\n    image: a@${digest}\n`, 2],
  ])('%s', (_name, text, line) => {
    expect(errors(text)[0]?.line).toBe(line)
  })
})

test('a bomb of aliases is refused', () => {
  const bomb = `a: &a [x]\nservices:\n  main:\n    image: a@${digest}\n    x-a: [${'*a,'.repeat(60)}*a]\n`
  expect(errors(bomb)[0]?.message).toMatch(/aliases/)
})

test('whatever is pasted, it answers', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `services:\n  main:\n    image: ${text}\n`),
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
