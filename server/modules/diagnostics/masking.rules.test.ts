import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashSecret, makeSecret } from '../../platform/secrets.ts'
import { makeMasker, MASK, secretsIn } from './masking.rules.ts'

const none = new Set<string>()

test('secrets are found by their name, at any depth, also in lists of assignments', () => {
  const target = {
    environment: { RATE: '5', MQTT_PASSWORD: 'hunter22' },
    composition: { environment: ['DEBUG=1', 'API_KEY=k-123456'], secrets: ['file'] },
    labels: { 'com.example.token': 'tok-9' },
    port: 8080,
    pin: { passcode: 4711 },
  }
  expect(secretsIn(target).sort()).toEqual(['4711', 'file', 'hunter22', 'k-123456', 'tok-9'])
})

describe('a known value', () => {
  test('is masked wherever it stands, and in whatever form it is written', () => {
    const value = 'p"a/ss wörd'
    const masker = makeMasker([value], none)
    const forms = [
      value,
      JSON.stringify({ value }),
      encodeURIComponent(value),
      Buffer.from(value).toString('base64'),
    ]
    for (const form of forms) {
      const masked = masker.text(`before ${form} after`)
      expect(masked).toContain(MASK)
      expect(masked).not.toContain('ss w')
      expect(masked).toMatch(/^before .*after$/)
    }
  })
  test('of several lines is masked line by line, as a log holds it', () => {
    const masker = makeMasker(['first line of it\nsecond line of it\n}'], none)
    expect(masker.text('out: second line of it')).toBe(`out: ${MASK}`)
    expect(masker.text('a } stays')).toBe('a } stays')
  })
  test('the longer of two wins, and special characters are no pattern', () => {
    const masker = makeMasker(['abcd', 'abcdef', '.*+?'], none)
    expect(masker.text('abcdef abcd .*+? xyz')).toBe(`${MASK} ${MASK} ${MASK} xyz`)
  })
  test('too short or a plain word is masked beside its name only, and JSON stays JSON', () => {
    const masker = makeMasker(['on', 'true', '12'], none)
    expect(masker.text('on true 12')).toBe('on true 12')
    expect(masker.named({ AUTH: 'on', ok: true, KEY: 12, n: 12 })).toEqual({
      AUTH: MASK,
      ok: true,
      KEY: MASK,
      n: 12,
    })
  })
  test('never survives, whatever surrounds it', () => {
    const value = fc
      .string({ minLength: 4, maxLength: 30 })
      .filter((text) => !MASK.includes(text) && text.trim().length >= 4)
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
        const masker = makeMasker([secret], none)
        if (masker.count === 0) return
        const around = masker.text(`${before}${MASK}${after}`)
        fc.pre(!around.includes(secret))
        expect(masker.text(`${before} ${secret} ${after}`)).not.toContain(secret)
        expect(JSON.stringify(masker.deep({ text: secret, [secret]: [secret] }))).not.toContain(
          JSON.stringify(secret),
        )
      }),
    )
  })
})

test('keys of which only the hash is known are masked in any text', () => {
  const [key, other] = [makeSecret(''), makeSecret('')]
  const masker = makeMasker([], new Set([hashSecret(key)]))
  expect(masker.text(`using ${key}, not ${other}`)).toBe(`using ${MASK}, not ${other}`)
})

test.each([
  ['Authorization: Bearer abcdefgh12345', 'abcdefgh12345'],
  ['{"authorization":"Basic dXNlcjpwYXNz"}', 'dXNlcjpwYXNz'],
  ['connecting to mqtts://site:s3cr3t@broker.example:8883', 's3cr3t'],
  ['GET /device?apikey=9f8e7d6c5b HTTP/1.1', '9f8e7d6c5b'],
  ['{"db_password":"correct1horse"}', 'correct1horse'],
  ['a-very.long.name.of.a.setting.that.ends.in.the.word.secret=h0rse', 'h0rse'],
  ['x-api-key: 9f8e7d6c5b', '9f8e7d6c5b'],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'eyJzdWIiOiIxIn0'],
  [`made ${makeSecret('wh_')}`, 'wh_'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----', 'MIIB'],
])('what looks like a secret is masked: %s', (line, secret) => {
  expect(makeMasker([], none).text(line)).not.toContain(secret)
})

test.each(['Token expired', 'no password given', 'https://example.com/a:b', 'key: value', 'retry in 15 s'])(
  'plain words stay: %s',
  (line) => {
    expect(makeMasker([], none).text(line)).toBe(line)
  },
)
