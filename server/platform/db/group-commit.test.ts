import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { GroupCommit, Overloaded } from './group-commit.ts'

describe('group commit', () => {
  test('every item is settled by the write that held it; a bad one fails alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -3, max: 50 }), { maxLength: 60 }), async (items) => {
        const stored: number[] = []
        const commit = new GroupCommit<number, number>({
          name: 'test',
          maxGroup: 7,
          write: (group) => {
            if (group.some((item) => item < 0)) return Promise.reject(new Error('negative'))
            stored.push(...group)
            return Promise.resolve(group.map((item) => item * 2))
          },
        })
        const settled = await Promise.allSettled(items.map((item) => commit.submit(item)))
        settled.forEach((result, index) => {
          const item = items[index] ?? 0
          if (item < 0) expect(result.status).toBe('rejected')
          else expect(result).toEqual({ status: 'fulfilled', value: item * 2 })
        })
        expect([...stored].sort()).toEqual(items.filter((item) => item >= 0).sort())
      }),
    )
  })
  test('where the store is away all fail at once', async () => {
    let writes = 0
    const commit = new GroupCommit<number>({
      name: 'reports',
      write: () => {
        writes++
        return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
      },
    })
    const settled = await Promise.allSettled([1, 2, 3, 4].map((item) => commit.submit(item)))
    expect(settled.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    expect(writes).toBe(1)
  })
  test('a full queue refuses instead of growing', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const commit = new GroupCommit<number>({
      name: 'reports',
      maxQueued: 2,
      maxGroup: 1,
      write: async (group) => {
        await gate
        return group.map(() => undefined)
      },
    })
    const first = [commit.submit(1), commit.submit(2)]
    await expect(commit.submit(3)).rejects.toThrow(Overloaded)
    open()
    await Promise.all(first)
  })
  test('with two lanes two groups are written at once, those of one lane in their order', async () => {
    const writes: { group: readonly number[]; end: () => void }[] = []
    const commit = new GroupCommit<number>({
      name: 'reports',
      lanes: 2,
      laneOf: (item) => item,
      write: async (group) => {
        await new Promise<void>((end) => writes.push({ group, end }))
        return group.map(() => undefined)
      },
    })
    const all = [1, 2].map((item) => commit.submit(item))
    await vi.waitUntil(() => writes.length === 2)
    all.push(...[3, 5, 4].map((item) => commit.submit(item)))
    expect(commit.queued).toBe(3)
    writes[0]?.end()
    await vi.waitUntil(() => writes.length === 3)
    expect(commit.queued).toBe(1)
    writes[1]?.end()
    await vi.waitUntil(() => writes.length === 4)
    expect(writes.map(({ group }) => group)).toEqual([[1], [2], [3, 5], [4]])
    for (const { end } of writes) end()
    await Promise.all(all)
    await commit.flush()
  })
})
