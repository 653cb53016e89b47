import { useState } from 'react'
import { formatNoun } from '@/lib/format'
import { Field, Select, TextInput } from '@/ui/field'
import { osVersionTrouble, type OsChoice } from './host-os-rules'

const ANOTHER = 'another'

type HostOsChoiceProps = {
  choices: readonly OsChoice[]
  /** Empty: nothing chosen yet. */
  value: string
  onChange: (version: string) => void
}

const describe = ({ version, running, missingTypes }: OsChoice) =>
  [
    version,
    running > 0 ? `runs on ${formatNoun(running, 'device')}` : 'on no device yet',
    ...(missingTypes.length > 0 ? [`not for ${missingTypes.join(', ')}`] : []),
  ].join(' · ')

/** A host OS version: one that devices run or that images are known of, or any other by name. */
export function HostOsChoice({ choices, value, onChange }: HostOsChoiceProps) {
  const isListed = choices.some((choice) => choice.version === value)
  const [wantsAnother, setWantsAnother] = useState(false)
  // What a link names may be any version; until the known ones are here it stands by itself.
  const isTyping = wantsAnother || (value !== '' && !isListed && choices.length > 0)
  const trouble = value === '' ? null : osVersionTrouble(value)
  const isUnknown = trouble === null && value !== '' && !isListed
  return (
    <div className="space-y-3">
      <Field label="Host OS version">
        {(field) => (
          <Select
            {...field}
            value={isTyping ? ANOTHER : value}
            onChange={(event) => {
              setWantsAnother(event.target.value === ANOTHER)
              onChange(event.target.value === ANOTHER ? '' : event.target.value)
            }}
          >
            {!isTyping && !isListed && <option value={value}>{value === '' ? 'Choose…' : value}</option>}
            {choices.map((choice) => (
              <option key={choice.version} value={choice.version}>
                {describe(choice)}
              </option>
            ))}
            <option value={ANOTHER}>Another version…</option>
          </Select>
        )}
      </Field>
      {isTyping && (
        <Field label="Version" hint="Without the name of the OS, such as 6.5.3." error={trouble ?? undefined}>
          {(field) => (
            <TextInput
              {...field}
              maxLength={60}
              spellCheck={false}
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
          )}
        </Field>
      )}
      <p className="text-ink-muted text-[13px]">
        {isTyping && isUnknown && 'No image of it is known; a device that finds none does not finish. '}
        Each device writes it to its other slot, reboots into it, and boots the old slot again when the new
        one does not come up healthy. A host OS is not downgraded.
      </p>
    </div>
  )
}
