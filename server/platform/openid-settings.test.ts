import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roles } from '#contract/role'
import { ConfigError, openIdOf, readConfig } from './config.ts'
import { parseGrants } from './openid-settings.ts'

const whole = {
  WHEELHOUSE_OIDC_ISSUER: 'https://id.example/realms/main',
  WHEELHOUSE_OIDC_CLIENT_ID: 'wheelhouse',
  WHEELHOUSE_OIDC_CLIENT_SECRET: 'nobody-reads-this',
  WHEELHOUSE_OIDC_ROLES: 'admins=admin',
}

test('roles are read with their fleets, by name, by id and in quotes', () => {
  expect(
    parseGrants(
      'wheelhouse-admins=admin, fleet-crew=viewer,kiosk-ops = release-manager @ Kiosks, "CN=ops,OU=it"=support@7, a=b=admin@"7",',
    ),
  ).toEqual([
    { value: 'wheelhouse-admins', role: 'admin', fleet: null },
    { value: 'fleet-crew', role: 'viewer', fleet: null },
    { value: 'kiosk-ops', role: 'release-manager', fleet: { name: 'Kiosks' } },
    { value: 'CN=ops,OU=it', role: 'support', fleet: { id: 7 } },
    { value: 'a=b', role: 'admin', fleet: { name: '7' } },
  ])
})

test('what is in quotes is read as it stands', () => {
  const text = fc.string({ minLength: 1, maxLength: 30 }).filter((one) => !one.includes('"'))
  fc.assert(
    fc.property(text, fc.constantFrom(...roles), text, (value, role, name) => {
      expect(parseGrants(`"${value}"=${role}@"${name}"`)).toEqual([{ value, role, fleet: { name } }])
    }),
  )
})

test.each([
  ['admins', /admins is not of the form value=role/],
  ['=admin', /=admin is not of the form/],
  ['admins=boss', /boss in admins=boss is no role; those are viewer/],
  ['admins=admin@', /names no fleet after @/],
  ['admins=admin@""', /names no fleet after @/],
  ['"admins=admin', /not of the form|not closed/],
  [',', /gives nobody a role/],
])('%s is refused with the setting and the reason', (text, reason) => {
  const read = () => readConfig({ ...whole, WHEELHOUSE_OIDC_ROLES: text })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(/WHEELHOUSE_OIDC_ROLES/)
  expect(read).toThrow(reason)
})

test('a provider that is named half is refused with what is missing', () => {
  expect(openIdOf(readConfig({}))).toBeNull()
  expect(openIdOf(readConfig(whole))).toMatchObject({
    clientId: 'wheelhouse',
    scopes: 'openid profile email',
    rolesClaim: 'groups',
    name: 'single sign-on',
  })
  for (const name of ['WHEELHOUSE_OIDC_CLIENT_ID', 'WHEELHOUSE_OIDC_ROLES'])
    expect(() => readConfig({ ...whole, [name]: '' })).toThrow(new RegExp(`${name} is missing`))
  expect(() => readConfig({ ...whole, WHEELHOUSE_OIDC_ISSUER: 'http://id.example' })).toThrow(
    /WHEELHOUSE_OIDC_ISSUER is "http:\/\/id.example".*https/,
  )
  expect(readConfig({ ...whole, WHEELHOUSE_OIDC_ISSUER: 'http://127.0.0.1:9/' })).toBeTruthy()
  expect(() => readConfig({ ...whole, WHEELHOUSE_OIDC_SCOPES: 'profile' })).toThrow(/must hold openid/)
  expect(() => readConfig({ WHEELHOUSE_LOCAL_PASSWORDS: 'false' })).toThrow(/nobody could sign in/)
  expect(readConfig({ ...whole, WHEELHOUSE_LOCAL_PASSWORDS: 'false' }).WHEELHOUSE_LOCAL_PASSWORDS).toBe(false)
})

test('no refusal prints the secret of the client', () => {
  for (const broken of [{ WHEELHOUSE_OIDC_ROLES: 'x' }, { WHEELHOUSE_OIDC_CLIENT_ID: '' }])
    expect(() => readConfig({ ...whole, ...broken })).toThrow(/^(?!.*nobody-reads-this)/s)
})
