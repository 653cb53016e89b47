import { useId } from 'react'
import { formatNoun } from '@/lib/format'

type ReleaseStatusChoiceProps = {
  fleet: { name: string; deviceCount: number; tracksLatest: boolean }
  isDraft: boolean
  onChange: (isDraft: boolean) => void
}

/** Draft or final, with what either means for this fleet. */
export function ReleaseStatusChoice({ fleet, isDraft, onChange }: ReleaseStatusChoiceProps) {
  const name = useId()
  const choices = [
    {
      isDraft: true,
      label: 'Draft',
      text: 'No device gets it by itself. Send it by a rollout, pin it to devices, or finalise it later.',
    },
    {
      isDraft: false,
      label: 'Final',
      text: fleet.tracksLatest
        ? `${fleet.name} tracks the latest: ${formatNoun(fleet.deviceCount, 'device')} get it at once, without a rollout.`
        : `${fleet.name} does not follow the latest by itself: no device changes until it is sent.`,
    },
  ]
  return (
    <fieldset className="space-y-1.5">
      <legend className="text-ink-soft mb-1 text-[13px] font-medium">Status</legend>
      {choices.map((choice) => (
        <label
          key={choice.label}
          className="border-line has-[:checked]:border-accent has-[:checked]:bg-accent-soft/50 flex cursor-pointer items-start gap-2 rounded-md border px-2.5 py-2"
        >
          <input
            type="radio"
            name={name}
            checked={isDraft === choice.isDraft}
            onChange={() => onChange(choice.isDraft)}
            className="accent-accent mt-0.5 size-4 shrink-0"
          />
          <span className="font-medium">
            {choice.label}
            <span className="text-ink-muted block text-[13px] font-normal">{choice.text}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
