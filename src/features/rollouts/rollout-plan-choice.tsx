import { useQuery } from '@tanstack/react-query'
import { Save } from 'lucide-react'
import { useState } from 'react'
import { rolloutPlan, type PlanTemplate, type RolloutPlan } from '#contract/rollout-plan'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { Field, Select } from '@/ui/field'
import { QueryView } from '@/ui/query-view'
import { PlanEditor } from './plan-editor'
import { customPlan, narrowingOf, type RolloutPlanSearch } from './rollout-plan-search'
import { rolloutQueries } from './rollouts.queries'
import { SavePlanDialog } from './save-plan-dialog'

const CUSTOM = 'custom'

type RolloutPlanChoiceProps = {
  fleetId: number
  search: RolloutPlanSearch
  onChange: (change: Partial<RolloutPlanSearch>) => void
}

/** How the rollout goes: one of the named plans, or one of its own which can be kept under a name. */
export function RolloutPlanChoice(props: RolloutPlanChoiceProps) {
  const templates = useQuery(rolloutQueries.templates(props.fleetId))
  return (
    <QueryView query={templates} what="rollout plans">
      {(data) => <Chosen {...props} templates={data.templates} />}
    </QueryView>
  )
}

function Chosen(props: RolloutPlanChoiceProps & { templates: PlanTemplate[] }) {
  const { fleetId, search, templates, onChange } = props
  const own = customPlan(search)
  const named =
    templates.find((one) => one.name.toLowerCase() === search.template.toLowerCase()) ?? templates[0]
  const [draft, setDraft] = useState<RolloutPlan | null>(own)
  const [isOpen, setOpen] = useState(own !== null)
  const [isSaving, setSaving] = useState(false)
  const maySave = useMay('release-manager')
  if (!named) return null
  const plan = draft ?? named.plan
  const parsed = rolloutPlan.safeParse(plan)
  const errors = Object.fromEntries(
    (parsed.error?.issues ?? []).map((issue) => [issue.path.join('.'), `It ${issue.message}`]),
  )
  const change = (part: Partial<RolloutPlan>) => {
    const next = { ...plan, ...part }
    setDraft(next)
    if (rolloutPlan.safeParse(next).success) onChange({ plan: JSON.stringify(next) })
  }
  return (
    <div className="space-y-4">
      <Field
        label="Plan"
        hint={
          draft === null ? named.description : 'Your own. It is used once, unless you keep it under a name.'
        }
      >
        {(field) => (
          <Select
            {...field}
            value={draft === null ? named.name : CUSTOM}
            onChange={(event) => {
              if (event.target.value === CUSTOM) {
                setDraft(plan)
                setOpen(true)
                onChange({ plan: JSON.stringify(plan) })
                return
              }
              setDraft(null)
              onChange({ template: event.target.value, plan: '' })
            }}
          >
            {templates.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name}
                {one.id === null ? '' : ' (this fleet)'}
              </option>
            ))}
            <option value={CUSTOM}>Custom</option>
          </Select>
        )}
      </Field>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="text-accent-ink cursor-pointer text-[13px] font-medium">
          {isOpen ? 'Hide the plan' : 'Show and change the plan'}
        </summary>
        {isOpen && (
          <div className="mt-4">
            <PlanEditor
              plan={plan}
              target={{ fleetId, ...narrowingOf(search) }}
              errors={errors}
              onChange={change}
            />
          </div>
        )}
      </details>
      {!parsed.success && (
        <p role="alert" className="text-critical text-[13px]">
          The plan cannot be used yet; the preview shows the last one that could. {Object.values(errors)[0]}
        </p>
      )}
      {draft !== null && (
        <Button
          icon={<Save className="size-4" aria-hidden />}
          disabled={!maySave || !parsed.success}
          title={maySave ? undefined : 'Needs the role release manager'}
          onClick={() => setSaving(true)}
        >
          Keep this plan…
        </Button>
      )}
      {isSaving && (
        <SavePlanDialog
          fleetId={fleetId}
          plan={plan}
          onSaved={(name) => {
            setSaving(false)
            setDraft(null)
            onChange({ template: name, plan: '' })
          }}
          onClose={() => setSaving(false)}
        />
      )}
    </div>
  )
}
