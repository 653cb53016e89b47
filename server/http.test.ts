import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { routes } from '#contract/routes'
import { startTestApp, type TestApp } from './testing/test-app.ts'
import { problemOf, TestClient } from './testing/test-client.ts'

const HOUR_SECONDS = 3_600
const builtPage = {
  'index.html': { file: 'assets/index-abc123.js', isEntry: true, imports: ['_base.js'] },
  '_base.js': { file: 'assets/base.js' },
  '_schemas.js': { file: 'assets/schemas.js', imports: ['_base.js'] },
  'src/app/routes/device.route.tsx': { file: 'assets/device.js', imports: ['_schemas.js', 'index.html'] },
  'src/app/routes/sign-in.route.tsx': { file: 'assets/sign-in.js' },
}

describe('the gateway over HTTP', () => {
  let app: TestApp
  let admin: TestClient
  let pageFolder: string
  beforeAll(async () => {
    pageFolder = mkdtempSync(path.join(tmpdir(), 'wheelhouse-page-'))
    mkdirSync(path.join(pageFolder, 'assets'))
    writeFileSync(path.join(pageFolder, 'index.html'), '<!doctype html><title>Wheelhouse</title>')
    writeFileSync(
      path.join(pageFolder, 'assets/index-abc123.js'),
      `export const text = '${'x'.repeat(5_000)}'`,
    )
    writeFileSync(path.join(pageFolder, 'assets/index-abc123.js.gz'), gzipSync('by the build'))
    mkdirSync(path.join(pageFolder, '.vite'))
    writeFileSync(path.join(pageFolder, '.vite/manifest.json'), JSON.stringify(builtPage))
    app = await startTestApp({ pageFolder })
    admin = new TestClient(app, await app.as('admin'))
  })
  afterAll(async () => {
    await app.close()
    rmSync(pageFolder, { recursive: true })
  })
  const get = (url: string, headers: Record<string, string> = {}) => app.app.inject({ url, headers })

  describe('problems have one shape', () => {
    const send = (payload: string, contentType = 'application/json') =>
      app.app.inject({
        method: 'POST',
        url: '/api/v1/fleets',
        headers: { ...admin.headers, 'content-type': contentType },
        payload,
      })
    test('400 names the field and the reason, each of them', async () => {
      const refusal = problemOf(await send('{"name":"","deviceType":7}'))
      expect(refusal).toMatchObject({ status: 400, code: 'invalid', type: 'urn:wheelhouse:problem:invalid' })
      expect(refusal.errors?.map((error) => error.field)).toEqual(
        expect.arrayContaining(['body.name', 'body.deviceType']),
      )
      expect(refusal.detail).toContain('body.name')
    })
    test('400 for what is no JSON, 413 for too much, 415 for another kind', async () => {
      expect(problemOf(await send('{"name":'))).toMatchObject({ status: 400, code: 'bad-request' })
      expect(problemOf(await send(JSON.stringify({ name: 'x'.repeat(1_100_000) })))).toMatchObject({
        status: 413,
        code: 'too-large',
      })
      expect(problemOf(await send('<name/>', 'application/xml'))).toMatchObject({
        status: 415,
        code: 'unsupported-media-type',
      })
    })
    test('nobody between keeps an answer of the API, be it good or bad', async () => {
      for (const headers of [admin.headers, {}])
        expect((await get('/api/v1/fleets', headers)).headers['cache-control']).toBe('no-store')
    })
    test('404 for what is not there, be it a thing or an address', async () => {
      expect(await admin.refused('getFleet', 404, { params: { fleetId: 999_999 } })).toMatchObject({
        code: 'not-found',
      })
      for (const url of [
        '/api/v1/nothing',
        '/api',
        '/device/nothing',
        '/assets/gone.js',
        '/gone.js',
        '/v7/nothing',
      ])
        expect(problemOf(await get(url)).code, url).toBe('not-found')
      expect(problemOf(await app.app.inject({ method: 'POST', url: '/fleets' })).code).toBe('not-found')
    })
    test('500 says nothing of the inside', async () => {
      await sql`alter table device_type rename to gone`.execute(app.db)
      const answer = await admin.send('listDeviceTypes')
      await sql`alter table gone rename to device_type`.execute(app.db)
      expect(problemOf(answer)).toMatchObject({ status: 500, code: 'internal' })
      expect(answer.body).not.toContain('device_type')
    })
  })

  describe('the page', () => {
    test.each(['/', '/fleets', '/devices/abc/logs', '/rollouts/new?fleetId=1', '/setup'])(
      '%s is answered with the app',
      async (url) => {
        const answer = await get(url)
        expect(answer.statusCode).toBe(200)
        expect(answer.headers['content-type']).toContain('text/html')
        expect(answer.headers['cache-control']).toBe('no-cache')
        expect(answer.body).toContain('<title>Wheelhouse</title>')
      },
    )
    test('hashed files are kept for a year, and packed', async () => {
      const answer = await get('/assets/index-abc123.js', { 'accept-encoding': 'gzip' })
      expect(answer.headers['cache-control']).toBe(`public, max-age=${365 * 24 * HOUR_SECONDS}, immutable`)
      expect(answer.headers['content-encoding']).toBe('gzip')
      expect(answer.rawPayload.length).toBeLessThan(1_000)
    })
    test('what the build has packed is sent as it is', async () => {
      const answer = await get('/assets/index-abc123.js', { 'accept-encoding': 'gzip' })
      expect(gunzipSync(answer.rawPayload).toString()).toBe('by the build')
      expect((await get('/assets/index-abc123.js')).body).toContain('xxx')
    })
    test('an address names what else its page needs, the first page with its data for whoever has a session', async () => {
      const linksOf = async (address: string, cookie?: string) => {
        const { link } = (await get(address, cookie === undefined ? {} : { cookie })).headers
        return String(link).split(', ')
      }
      const data = (call: string) => `<${call}>; rel=preload; as=fetch; crossorigin=anonymous`
      const scripts = ['</assets/device.js>; rel=modulepreload', '</assets/schemas.js>; rel=modulepreload']
      const first = [data('/api/v1/me'), data('/api/v1/fleets')]
      expect(await linksOf('/', 'a=b')).toEqual(first)
      expect(await linksOf('/fleets?q=x', 'a=b')).toEqual(first)
      const list = [
        data('/api/v1/me'),
        data('/api/v1/devices?sort=trouble&direction=asc&limit=100'),
        data('/api/v1/devices/facets'),
        data('/api/v1/fleets'),
      ]
      expect(await linksOf('/devices', 'a=b')).toEqual(list)
      // What an address narrows down is asked for by the page.
      expect(await linksOf('/devices?health=critical', 'a=b')).toEqual(list.slice(0, 1))
      expect(await linksOf('/devices/0123/logs', 'a=b')).toEqual([data('/api/v1/me'), ...scripts])
      expect(await linksOf('/devices/0123')).toEqual(scripts)
      expect(await linksOf('/sign-in', 'a=b')).toEqual(['</assets/sign-in.js>; rel=modulepreload'])
      for (const address of ['/fleets', '/nowhere', '/assets/index-abc123.js'])
        expect((await get(address)).headers).not.toHaveProperty('link')
    })
    test('no script but the own may run, and nobody may frame it', async () => {
      const policy = String((await get('/')).headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    })
  })

  describe('the description of the API', () => {
    const document = z.object({
      openapi: z.literal('3.1.0'),
      info: z.object({ title: z.string(), version: z.string() }),
      paths: z.record(
        z.string().startsWith('/api/v1/'),
        z.partialRecord(
          z.enum(['get', 'post', 'put', 'patch', 'delete']),
          z
            .looseObject({
              operationId: z.string(),
              parameters: z.array(
                z.looseObject({
                  name: z.string(),
                  in: z.enum(['path', 'query', 'header']),
                  required: z.boolean(),
                  schema: z.looseObject({}),
                }),
              ),
              responses: z.record(
                z.string().regex(/^(\d{3}|default)$/),
                z.looseObject({ description: z.string() }),
              ),
              security: z.array(z.record(z.string(), z.array(z.string()))),
            })
            .optional(),
        ),
      ),
      components: z.looseObject({ schemas: z.looseObject({ Problem: z.looseObject({}) }) }),
    })
    test('holds every route, each path parameter declared, each name once', async () => {
      const answer = await get('/api/v1/openapi.json')
      const { paths } = document.parse(answer.json())
      const operations = Object.entries(paths).flatMap(([url, methods]) =>
        Object.entries(methods).flatMap(([method, operation]) =>
          operation ? [{ url, method, operation }] : [],
        ),
      )
      expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(
        Object.keys(routes).sort(),
      )
      for (const { url, method, operation } of operations) {
        const route = Object.values(routes).find(
          (other) => other.path.replace(/:(\w+)/g, '{$1}') === url && other.method.toLowerCase() === method,
        )
        expect(route, `${method} ${url}`).toBeDefined()
        const inPath = operation.parameters.filter((parameter) => parameter.in === 'path')
        expect(inPath.map((parameter) => `{${parameter.name}}`).sort()).toEqual(
          (url.match(/\{\w+\}/g) ?? []).sort(),
        )
        expect(inPath.every((parameter) => parameter.required)).toBe(true)
        expect('requestBody' in operation).toBe(route !== undefined && 'body' in route)
      }
    })
    test('refers to nothing that is not in it', async () => {
      const text = (await get('/api/v1/openapi.json')).body
      const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')
      expect(new Set(references)).toEqual(new Set(['#/components/schemas/Problem']))
    })
    test('is shown on a page whose policy lets its own scripts run, and no others', async () => {
      const page = await get('/api/docs/')
      expect(page.statusCode).toBe(200)
      const policy = String(page.headers['content-security-policy'])
      expect(policy).toMatch(/script-src[^;]*'self'/)
      expect(policy).not.toMatch(/script-src[^;]*unsafe-(inline|eval)/)
      expect(page.body).not.toMatch(/<script>[^<]/)
      for (const [, source = ''] of page.body.matchAll(/<script src="([^"]+)"/g))
        expect((await get(new URL(source, 'http://x/api/docs/').pathname)).statusCode).toBe(200)
      expect((await get('/api/docs/json')).json()).toMatchObject({ openapi: '3.1.0' })
    })
  })

  test('health, readiness and metrics are there for whoever watches the gateway', async () => {
    expect((await get('/healthz')).json()).toEqual({ status: 'ok' })
    expect((await get('/readyz')).json()).toEqual({ status: 'ready' })
    const metrics = (await get('/metrics')).body
    expect(metrics).toContain(
      'wheelhouse_http_request_seconds_count{method="GET",route="/healthz",status="200"}',
    )
    expect(metrics).toMatch(/wheelhouse_live_sockets 0/)
    expect(metrics).toMatch(/wheelhouse_live_topics 0/)
    expect(metrics).toMatch(/wheelhouse_remembered_devices 0/)
    expect(metrics).toMatch(/wheelhouse_remembering_devices 0/)
    expect(await admin.ok('getSystemInfo')).toMatchObject({ version: '0.0.0-test', store: 'pglite' })
  })
})
