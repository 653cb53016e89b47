import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { configSchema } from '../server/platform/config.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const read = (name: string) => readFileSync(path.join(root, name), 'utf8')
const settings = new Set(Object.keys(configSchema.shape))

const compose = z
  .object({
    services: z.record(
      z.string(),
      z.looseObject({
        environment: z.record(z.string(), z.string()).optional(),
        depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
        volumes: z.array(z.string()).optional(),
        build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
      }),
    ),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(read('deploy/docker-compose.yml')))

const objects = parseAllDocuments(read('deploy/kubernetes.yaml')).map((document) =>
  z.looseObject({ kind: z.string() }).parse(document.toJS()),
)
const ofKind = (kind: string): unknown => objects.find((one) => one.kind === kind)

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal('http') }) })
const deployment = z
  .object({
    spec: z.object({
      selector: z.object({ matchLabels: z.object({ app: z.string() }) }),
      template: z.object({
        metadata: z.object({ labels: z.object({ app: z.string() }) }),
        spec: z.object({
          containers: z.tuple([
            z.object({
              ports: z.tuple([z.object({ name: z.literal('http'), containerPort: z.int() })]),
              env: z.array(z.object({ name: z.string() })),
              startupProbe: probe,
              livenessProbe: probe,
              readinessProbe: probe,
            }),
          ]),
        }),
      }),
    }),
  })
  .parse(ofKind('Deployment'))

test('the compose file gives the gateway settings that it knows, and what several of them need', () => {
  const given = Object.keys(compose.services.gateway?.environment ?? {})
  expect(given.filter((name) => !settings.has(name))).toEqual([])
  expect(given).toEqual(expect.arrayContaining(['PUBLIC_URL', 'DATABASE_URL', 'REDIS_URL']))
})

test('the compose file names services, volumes and files that exist', () => {
  for (const { depends_on: needed = [], volumes = [], build } of Object.values(compose.services)) {
    for (const name of Array.isArray(needed) ? needed : Object.keys(needed))
      expect(Object.keys(compose.services)).toContain(name)
    for (const [from = ''] of volumes.map((volume) => volume.split(':')))
      if (from.startsWith('./')) read(path.join('deploy', from))
      else expect(Object.keys(compose.volumes)).toContain(from)
    if (build) read(path.join('deploy', build.context, build.dockerfile))
  }
})

test('the Kubernetes manifest gives settings that the gateway knows, and asks what it answers', () => {
  const [container] = deployment.spec.template.spec.containers
  const secret = z.object({ stringData: z.record(z.string(), z.string()) }).parse(ofKind('Secret'))
  const given = [...container.env.map(({ name }) => name), ...Object.keys(secret.stringData)]
  expect(given.filter((name) => !settings.has(name))).toEqual([])
  expect(given).toEqual(expect.arrayContaining(['PUBLIC_URL', 'DATABASE_URL', 'REDIS_URL']))
  const routes = read('server/platform/system-routes.ts')
  for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe])
    expect(routes).toContain(`app.get('${httpGet.path}'`)
  expect(deployment.spec.selector.matchLabels).toEqual(deployment.spec.template.metadata.labels)
})

test('the image starts the gateway as npm does', () => {
  const { scripts } = z
    .object({ scripts: z.object({ start: z.string() }) })
    .parse(JSON.parse(read('package.json')))
  const command = /^CMD (\[.*\])$/m.exec(read('deploy/Dockerfile'))?.[1] ?? '[]'
  expect(z.array(z.string()).parse(JSON.parse(command)).join(' ')).toBe(scripts.start)
})
