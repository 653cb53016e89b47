import type { SourceAbility, SourceReading, SourceStatus } from '#contract/source'
import { sourceAbilities } from '#contract/source'
import type { SourceView } from '../platform/source-view.ts'

/** Why a source that a test made cannot do something. */
export const whyOf = (ability: SourceAbility) => `The test leaves out ${ability}`

/** What can be told of a source, where a test says what it cannot do and how it is read. */
export class MadeSource implements SourceView {
  readonly kind = 'balena'
  readonly name = 'openBalena at api.example.com'
  readonly missing
  reading: SourceReading | null = null

  constructor(missing: readonly SourceAbility[] = sourceAbilities) {
    this.missing = missing.map((ability) => ({ ability, why: whyOf(ability) }))
  }

  status = (): SourceStatus => ({
    kind: this.kind,
    name: this.name,
    address: 'https://api.example.com',
    missing: this.missing,
    reading: this.reading,
  })

  check = () =>
    Promise.resolve({
      isOk: false,
      steps: [{ name: 'address' as const, state: 'failed' as const, sentence: 'Nothing answers there' }],
      version: null,
      actor: null,
    })
}
