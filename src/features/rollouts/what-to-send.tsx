import { rolloutNeeds } from '#contract/ability-needs'
import { SourceNote } from '@/domain/source-note'
import { useSource, whyMissing } from '@/lib/source'
import { Segments } from '@/ui/segments'

type What = keyof typeof rolloutNeeds
type WhatToSendProps = { value: What; onChange: (value: What) => void }

const all = [
  { value: 'release', label: 'Application release' },
  { value: 'host-os', label: 'Host OS version' },
] as const

/** A release or a host OS version, as far as the source of the fleets can send it; what it cannot it says why. */
export function WhatToSend({ value, onChange }: WhatToSendProps) {
  const source = useSource()
  const missing = all.filter((what) => whyMissing(source, [rolloutNeeds[what.value]]) !== null)
  const options = all.filter((what) => what.value === value || !missing.includes(what))
  return (
    <div className="space-y-2">
      {options.length > 1 && (
        <Segments label="What to send" options={options} value={value} onChange={onChange} />
      )}
      {missing.map((what) => (
        <SourceNote key={what.value} needs={rolloutNeeds[what.value]} />
      ))}
    </div>
  )
}
