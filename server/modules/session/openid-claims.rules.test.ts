import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { roleAllows, roleIn, roles } from '#contract/role'
import type { OpenIdGrant } from '../../platform/openid-settings.ts'
import { accessOf, claimValues, grantsOf, personOf } from './openid-claims.rules.ts'

const fleets = [
  { id: 1, name: 'Kiosks' },
  { id: 2, name: 'Greenhouse' },
]

describe('claims', () => {
  test('a claim is found by its name, also with dots, or along a path', () => {
    expect(claimValues({ groups: ['a', 1, null, 'b'] }, 'groups')).toEqual(['a', 'b'])
    expect(claimValues({ groups: 'a' }, 'groups')).toEqual(['a'])
    expect(claimValues({ realm_access: { roles: ['a'] } }, 'realm_access.roles')).toEqual(['a'])
    expect(claimValues({ 'https://x.example/roles': ['a'] }, 'https://x.example/roles')).toEqual(['a'])
    for (const claims of [{}, { groups: null }, { groups: 7 }, { groups: { a: 1 } }])
      expect(claimValues(claims, 'groups')).toEqual([])
    expect(claimValues({ groups: [] }, 'constructor.name')).toEqual([])
  })

  test('whoever is named by no subject, or by one that cannot be stored, is nobody', () => {
    const whole = { iss: 'https://id.example', sub: '7', name: 'Ada', email: 'ada@example.com' }
    expect(personOf(whole)).toEqual({
      issuer: 'https://id.example',
      subject: '7',
      name: 'Ada',
      email: 'ada@example.com',
    })
    expect(personOf({ ...whole, name: ' \u0000\n', email: undefined })).toMatchObject({
      name: '7',
      email: '7',
    })
    expect(personOf({ ...whole, email: undefined, preferred_username: 'ada' })?.email).toBe('ada')
    for (const sub of [undefined, '', 7, 'a\u0000', '\ud800']) expect(personOf({ ...whole, sub })).toBeNull()
  })
})

describe('rights', () => {
  const grant = fc.record({
    value: fc.constantFrom('a', 'b', 'c'),
    role: fc.constantFrom(...roles),
    fleet: fc.constantFrom<OpenIdGrant['fleet']>(
      null,
      { id: 1 },
      { name: 'KIOSKS' },
      { id: 2 },
      { name: 'gone' },
    ),
  })

  test('each value gives what it is set to give, the highest counts, and nothing comes of itself', () => {
    fc.assert(
      fc.property(fc.array(grant), fc.subarray(['a', 'b', 'c', 'other']), (all, values) => {
        const access = accessOf(grantsOf(values, all), fleets)
        const held = all.filter(({ value }) => values.includes(value))
        for (const fleet of fleets) {
          const given = held.filter(
            ({ fleet: named }) =>
              named === null ||
              ('id' in named ? named.id === fleet.id : named.name.toLowerCase() === fleet.name.toLowerCase()),
          )
          const role = roleIn(access, fleet.id)
          expect(given.every((one) => roleAllows(role, one.role))).toBe(true)
          expect(given.some((one) => one.role === role)).toBe(role !== null)
        }
        expect(new Set(access.fleets.map(({ fleetId }) => fleetId)).size).toBe(access.fleets.length)
      }),
    )
  })

  test('a fleet that is not there gives nothing', () => {
    const grants: OpenIdGrant[] = [{ value: 'a', role: 'admin', fleet: { name: 'gone' } }]
    expect(accessOf(grants, fleets)).toEqual({ everywhere: null, fleets: [] })
  })
})
