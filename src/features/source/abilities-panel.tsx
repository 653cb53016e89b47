import type { MissingAbility, SourceAbility } from '#contract/source'
import { whyMissing } from '@/lib/source'
import { Panel } from '@/ui/panel'
import { Status } from '@/ui/status'
import { abilityWords } from './source-words'

const abilities = Object.keys(abilityWords) as SourceAbility[]

/** What can be done from here and what cannot, each with the reason. */
export function AbilitiesPanel({ missing }: { missing: MissingAbility[] }) {
  return (
    <Panel title="What can be done from here">
      <ul className="space-y-2">
        {abilities.map((ability) => {
          const why = whyMissing({ missing }, [ability])
          return (
            <li key={ability} className="grid gap-x-4 sm:grid-cols-[7rem_minmax(0,1fr)]">
              <Status tone={why === null ? 'ok' : 'unknown'} className="self-start">
                {why === null ? 'Can' : 'Cannot'}
              </Status>
              <span>
                {abilityWords[ability]}
                {why !== null && <span className="text-ink-muted block text-[13px]">{why}</span>}
              </span>
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
