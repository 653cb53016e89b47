import { expect, test } from 'vitest'
import { withoutSecrets } from './recorded-secrets.ts'
import type { RecordedBody, RecordedPair } from './source-recording.ts'

const pair = (path: string, sent: RecordedBody, answered: RecordedBody): RecordedPair => ({
  order: 1,
  request: { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: sent },
  answer: { status: 200, headers: { date: 'Sun, 29 Nov 2026 21:00:00 GMT' }, body: answered },
})
const nobody: ReadonlySet<string> = new Set()
const answered = (body: RecordedBody, secrets = nobody) =>
  withoutSecrets(pair('/v7/device', null, body), secrets).answer.body
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJpZCI6Mn0', 'c2lnbmF0dXJl'].join('.')

test('tokens, keys and passwords are taken out of addresses and bodies, however they are nested', () => {
  const token = 'Zt0pSecretOfTheClient'
  const clean = withoutSecrets(
    pair(
      `/v7/device?apikey=abcdef123&$filter=note eq '${token}'`,
      { json: { username: 'admin', password: 'x', nested: [{ api_key: 'k', device_key: null }] } },
      { json: { d: [{ note: `has ${token} in it`, other: `Bearer abcdefgh12345`, more: jwt }] } },
    ),
    new Set([token]),
  )
  expect(clean.request.path).toBe("/v7/device?apikey=[secret]&$filter=note eq '[secret]'")
  expect(clean.request.body).toEqual({
    json: { username: 'admin', password: '[secret]', nested: [{ api_key: '[secret]', device_key: null }] },
  })
  expect(clean.answer.body).toEqual({
    json: { d: [{ note: 'has [secret] in it', other: 'Bearer [secret]', more: '[secret]' }] },
  })
})

test('an answer that is nothing but a key or a session is one secret', () => {
  for (const path of ['/api-key/user/full', '/login_', '/user/v1/refresh-token'])
    for (const body of [{ json: 'abc' }, { text: 'abc' }])
      expect(Object.values(withoutSecrets(pair(path, null, body), nobody).answer.body ?? {})).toEqual([
        '[secret]',
      ])
})

test('variables whose name tells of a secret lose their value, others and tags keep it', () => {
  expect(
    answered({
      json: [
        { name: 'UPLINK_PASSWORD', value: 'hunter2' },
        { name: 'RATE', value: '5' },
        { tag_key: 'site', value: 'north' },
      ],
    }),
  ).toEqual({
    json: [
      { name: 'UPLINK_PASSWORD', value: '[secret]' },
      { name: 'RATE', value: '5' },
      { tag_key: 'site', value: 'north' },
    ],
  })
})

test('people and hosts are replaced, the same by the same', () => {
  const clean = answered({
    json: {
      who: 'mail ann.lee@corp.example.org now',
      at: 'https://user:pass@api.corp.example:8443/v7/x?y=1',
      image: 'registry2.corp.example/v2/0123456789abcdef0123456789abcdef@sha256:ab',
      ip: '10.1.2.3 fe80::1ff:fe23:4567:890a',
      again: '10.1.2.3',
      mac: 'DC:A6:32:01:02:03',
    },
  })
  expect(clean).toEqual({
    json: {
      who: 'mail person@mail.example now',
      at: 'https://host.example/v7/x?y=1',
      image: 'registry.example/v2/0123456789abcdef0123456789abcdef@sha256:ab',
      ip: expect.stringMatching(/^192\.0\.2\.\d+ 2001:db8::[\da-f]+$/) as string,
      again: expect.stringMatching(/^192\.0\.2\.\d+$/) as string,
      mac: expect.stringMatching(/^02:00:00:00:00:[\da-f]{2}$/) as string,
    },
  })
  const texts = JSON.stringify(clean).match(/192\.0\.2\.\d+/g)
  expect(new Set(texts).size).toBe(1)
})

test('times, versions, uuids, hashes and numbers stay', () => {
  const json = {
    at: '2026-11-29T21:00:00.123Z',
    clock: '12:34:56',
    version: '2.4.0+rev1',
    uuid: '0123456789abcdef0123456789abcdef',
    hash: `sha256:${'ab'.repeat(32)}`,
    size: 41_200_000,
    isOn: true,
    nothing: null,
  }
  expect(answered({ json })).toEqual({ json })
})

test('lines of a stream are looked through one by one', () => {
  const lines = [
    JSON.stringify({ message: 'from 10.1.2.3', token: 'abc' }),
    '',
    'no JSON of ann@corp.example',
  ]
  const clean = answered({ lines, isOpen: true })
  expect(clean).toEqual({
    lines: [
      expect.stringMatching(/^\{"message":"from 192\.0\.2\.\d+","token":"\[secret\]"\}$/),
      '',
      'no JSON of person@mail.example',
    ],
    isOpen: true,
  })
})
