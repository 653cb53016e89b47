import { describe, expect, it } from 'vitest'
import { osChoices, osVersionTrouble } from './host-os-rules'
import { rolloutPlanSearch, rolloutRequest } from './rollout-plan-search'

const facet = (value: string, count: number) => ({ value, label: value, count })
const types = [
  { slug: 'raspberrypi4-64', name: 'Raspberry Pi 4 (64-bit)', osVersions: ['6.5.3', '6.4.0'] },
  { slug: 'raspberry-pi', name: 'Raspberry Pi 1 / Zero', osVersions: ['6.4.0'] },
  { slug: 'intel-nuc', name: 'Intel NUC', osVersions: ['9.9.9'] },
]

describe('host OS versions to choose from', () => {
  it('are what devices run and what types of the fleet have images of, newest first, with counts', () => {
    const facets = {
      os: [facet('balenaOS 6.4.0', 12), facet('balenaOS 6.10.0', 1), facet('odd', 2)],
      deviceType: [facet('raspberrypi4-64', 9), facet('raspberry-pi', 6)],
    }
    expect(osChoices(facets, types)).toEqual([
      {
        version: '6.10.0',
        running: 1,
        missingTypes: ['Raspberry Pi 4 (64-bit)', 'Raspberry Pi 1 / Zero'],
      },
      { version: '6.5.3', running: 0, missingTypes: ['Raspberry Pi 1 / Zero'] },
      { version: '6.4.0', running: 12, missingTypes: [] },
    ])
    expect(osChoices(undefined, types)).toEqual([])
  })

  it('must be a version; nothing is asked for before it is', () => {
    expect(osVersionTrouble('6.5.3')).toBeNull()
    expect(osVersionTrouble('6.5')).toMatch(/^It must be a version such as/)
    const search = rolloutPlanSearch.parse({ what: 'host-os', releaseId: '3', osVersion: '6.5' })
    expect(rolloutRequest(search)).toBeNull()
    expect(rolloutRequest({ ...search, osVersion: '6.5.3' })).toMatchObject({ osVersion: '6.5.3' })
    expect(rolloutRequest({ ...search, osVersion: '6.5.3' })).not.toHaveProperty('releaseId')
  })
})
