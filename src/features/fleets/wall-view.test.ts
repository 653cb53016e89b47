import { expect, test } from 'vitest'
import { connectivities, updateStates, type Connectivity, type UpdateState } from '#contract/device'
import { healthStates, type Health } from '#contract/health'
import { packWallCode } from '#contract/wall-cells'
import { cellText, classOf, countClasses, levelOf, wallClasses } from './wall-view'

const cell = (own: {
  health?: Health
  connectivity?: Connectivity
  update?: UpdateState
  percent?: number
}): number =>
  packWallCode({
    health: healthStates.indexOf(own.health ?? 'ok'),
    connectivity: connectivities.indexOf(own.connectivity ?? 'online'),
    update: updateStates.indexOf(own.update ?? 'idle'),
    percent: own.percent ?? 0,
  })
const labelOf = (one: number, colouring: 'health' | 'update') =>
  wallClasses(colouring)[classOf(one, colouring)]?.label

test('each state has its class, in either colouring', () => {
  for (const health of healthStates)
    expect(wallClasses('health')[classOf(cell({ health }), 'health')]?.key).toBe(health)
  for (const update of updateStates)
    expect(wallClasses('update')[classOf(cell({ update }), 'update')]?.key.split(' ')).toContain(update)
})

test('how far the update of a silent device is, is not known', () => {
  expect(labelOf(cell({ update: 'downloading', connectivity: 'offline' }), 'update')).toBe('Cannot be heard')
  expect(labelOf(cell({ update: 'idle', connectivity: 'never' }), 'update')).toBe('Cannot be heard')
  expect(labelOf(cell({ update: 'downloading', connectivity: 'late' }), 'update')).toBe('Downloading')
})

test('only a download of a device that is heard fills its cell in part', () => {
  const downloading = cell({ update: 'downloading', percent: 40 })
  expect(levelOf(downloading, 'update')).toBe(0.4)
  expect(levelOf(downloading, 'health')).toBe(1)
  expect(levelOf(cell({ update: 'downloading', percent: 40, connectivity: 'offline' }), 'update')).toBe(1)
  expect(levelOf(cell({ update: 'applying', percent: 100 }), 'update')).toBe(1)
})

test('every cell is counted once', () => {
  const cells = Uint16Array.of(
    cell({}),
    cell({ health: 'critical' }),
    cell({ health: 'critical', connectivity: 'offline' }),
  )
  expect(countClasses(cells, 'health')).toEqual([2, 0, 0, 1])
  const byUpdate = countClasses(cells, 'update')
  expect(byUpdate.reduce((sum, count) => sum + count)).toBe(3)
  expect(byUpdate.at(-1)).toBe(1)
})

test('a cell in words names what a colour cannot', () => {
  expect(cellText(cell({ health: 'attention', update: 'downloading', percent: 40 }))).toBe(
    'Attention · online · downloading 40 %',
  )
  expect(cellText(cell({}))).toBe('OK · online')
})
