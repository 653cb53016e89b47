import { describe, expect, it } from 'vitest'
import { compareOsVersions, osVersion, osVersionIn } from './host-os.ts'

describe('host OS versions', () => {
  it('reads the version out of what a device reports', () => {
    expect(osVersionIn('balenaOS 6.5.3')).toBe('6.5.3')
    expect(osVersionIn('balenaOS 2.98.33+rev4')).toBe('2.98.33+rev4')
    expect(osVersionIn('16.5.3')).toBe('16.5.3')
    expect(osVersionIn('balenaOS')).toBeNull()
    expect(osVersionIn(null)).toBeNull()
  })

  it('orders them by number, pre-releases before their release, revisions after it', () => {
    const order = [
      '5.3.21',
      '6.0.24',
      '6.4.0',
      '6.5.3-beta.1',
      '6.5.3',
      '6.5.3+rev1',
      '6.5.3+rev10',
      '16.0.0',
    ]
    expect([...order].reverse().sort(compareOsVersions)).toEqual(order)
  })

  it('takes a bare version only', () => {
    expect(osVersion.parse(' 6.5.3+rev1 ')).toBe('6.5.3+rev1')
    for (const wrong of ['6.5', 'balenaOS 6.5.3', '6.5.3; reboot', ''])
      expect(osVersion.safeParse(wrong).success).toBe(false)
  })
})
