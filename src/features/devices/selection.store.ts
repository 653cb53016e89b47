import { create } from 'zustand'

type Selection = {
  /** The list the selection belongs to; another list starts with nothing selected. */
  listKey: string
  uuids: ReadonlySet<string>
  /** Everything that matches the filter, on screen or not. */
  isAllMatching: boolean
}

const nothing: Omit<Selection, 'listKey'> = { uuids: new Set(), isAllMatching: false }
export const useSelection = create<Selection>()(() => ({ listKey: '', ...nothing }))

export function startSelection(listKey: string): void {
  if (useSelection.getState().listKey !== listKey) useSelection.setState({ listKey, ...nothing })
}
export const clearSelection = (): void => useSelection.setState(nothing)
export const selectAllMatching = (): void => useSelection.setState({ isAllMatching: true, uuids: new Set() })
export function setSelected(uuids: readonly string[], isSelected: boolean): void {
  useSelection.setState((state) => {
    const next = new Set(state.uuids)
    for (const uuid of uuids) {
      if (isSelected) next.add(uuid)
      else next.delete(uuid)
    }
    return { uuids: next, isAllMatching: false }
  })
}
