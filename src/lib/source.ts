import { createContext, useContext } from 'react'
import type { SourceAbility, SourceOutline } from '#contract/source'

/** Where fleets come from, as far as every page must know; the frame of the signed-in app provides it. */
export const SourceContext = createContext<Pick<SourceOutline, 'name' | 'missing' | 'isRead'>>({
  name: '',
  missing: [],
  isRead: false,
})

export const useSource = () => useContext(SourceContext)

/** Why the source of the fleets cannot do it, in a sentence for people; null: it can do all of these. */
export const whyMissing = (
  { missing }: Pick<SourceOutline, 'missing'>,
  abilities: readonly SourceAbility[],
): string | null => missing.find(({ ability }) => abilities.includes(ability))?.why ?? null

/** The same for what is shown now. It only decides what the page offers; the gateway refuses what nobody can do. */
export const useMissing = (...abilities: readonly SourceAbility[]): string | null =>
  whyMissing(useSource(), abilities)
