import { describe, expect, test } from 'vitest'
import { releaseAnswer } from '../../testing/balena-answers.ts'
import { releaseOf } from './release-answer.rules.ts'

const nameOf = (id: number) => new Map([[7, 'main']]).get(id)
const read = (more: Parameters<typeof releaseAnswer>[0]) => releaseOf(releaseAnswer(more), 'f1', nameOf)

describe('a release of a balena backend', () => {
  test('that is final has its images, sizes and times', () => {
    expect(read({})).toEqual({
      fleetUuid: 'f1',
      commit: 'c0ffee',
      semver: '1.0.0',
      status: 'final',
      failureReason: null,
      notes: '',
      composition: {},
      createdAt: new Date('2026-01-10T07:59:00Z'),
      finalisedAt: new Date('2026-01-10T08:10:00Z'),
      images: [
        {
          service: 'main',
          image: 'registry.example.com/v2/abc@sha256:1',
          digest: 'sha256:1',
          sizeBytes: 1234,
        },
      ],
    })
  })

  test.each(['running', 'unknown', ''])('that is still being built (%s) can be run by nobody', (status) => {
    expect(read({ status, is_final: false })).toBeNull()
  })

  test.each(['failed', 'error', 'cancelled', 'interrupted'])(
    'whose build ended as %s has failed',
    (status) => {
      expect(read({ status })).toMatchObject({
        status: 'failed',
        failureReason: `Its build ended as ${status}`,
        finalisedAt: null,
      })
    },
  )

  test('that was invalidated has failed, whatever its build says', () => {
    expect(read({ is_invalidated: true, invalidation_reason: 'eats disks' })).toMatchObject({
      status: 'failed',
      failureReason: 'Invalidated: eats disks',
    })
    expect(read({ is_invalidated: true })).toMatchObject({ failureReason: 'Invalidated: no reason given' })
  })

  test('that is not final, or whose tests do not pass, is a draft', () => {
    expect(read({ is_final: false })).toMatchObject({ status: 'draft', finalisedAt: null })
    expect(read({ is_passing_tests: false })).toMatchObject({ status: 'draft', finalisedAt: null })
    expect(read({ is_passing_tests: true })).toMatchObject({ status: 'final' })
  })

  test('leaves out images of services that are not known, and says nothing of sizes that are not told', () => {
    const image = { id: 2, is_stored_at__image_location: 'r/b', is_a_build_of__service: { __id: 8 } }
    const small = { ...image, is_a_build_of__service: { __id: 7 } }
    expect(read({ release_image: [{ image: [image] }, { image: [small] }] })?.images).toEqual([
      { service: 'main', image: 'r/b', digest: null, sizeBytes: null },
    ])
  })
})
