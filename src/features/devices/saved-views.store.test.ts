import { beforeEach, expect, test } from 'vitest'
import { forgetView, saveView, useSavedViews } from './saved-views.store'

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
