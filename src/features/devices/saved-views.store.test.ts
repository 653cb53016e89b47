import { beforeEach, expect, test } from 'vitest'
import { forgetView, readViews, saveView, useSavedViews } from './saved-views.store'

const names = () =>
  useSavedViews.getState().views.map((view) => `${view.name} ${view.fleetId ?? 'all'} ${view.query}`)

beforeEach(() => useSavedViews.setState({ views: [] }))

test('a view of the same name gives way in its own list only', () => {
  saveView({ name: 'Hot', fleetId: null, query: 'reason=cpu-temperature' })
  saveView({ name: 'Hot', fleetId: 3, query: 'q=x' })
  saveView({ name: ' Hot ', fleetId: null, query: 'health=critical' })
  expect(names()).toEqual(['Hot 3 q=x', 'Hot all health=critical'])
})

test('forgetting takes one view', () => {
  saveView({ name: 'A', fleetId: null, query: '' })
  saveView({ name: 'B', fleetId: null, query: '' })
  forgetView({ name: 'A', fleetId: null, query: '' })
  expect(names()).toEqual(['B all '])
})

test('what a browser has stored is read as views, or left out as a whole', () => {
  const view = { name: 'Hot', fleetId: null, query: 'q=x' }
  expect(
    readViews({
      views: [
        { ...view, other: 1 },
        { ...view, fleetId: 3 },
      ],
    }),
  ).toEqual([view, { ...view, fleetId: 3 }])
  const wrong = [{ ...view, name: '' }, { ...view, fleetId: 1.5 }, { ...view, query: 7 }, 'Hot', null, [view]]
  for (const one of wrong) expect(readViews({ views: [view, one] })).toBeNull()
  for (const stored of [null, undefined, 'views', { views: view }, {}]) expect(readViews(stored)).toBeNull()
})
