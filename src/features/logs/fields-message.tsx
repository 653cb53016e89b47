import { useMemo } from 'react'
import { fieldText, type LogFields } from '#contract/log-fields'
import { cn } from '@/lib/cn'
import type { Matcher } from './highlight'
import { lineFields, SHOWN_FIELDS, type LineField } from './line-fields'
import { LogMessage } from './log-message'
import { visibleText } from './visible-text'

const SHOWN_CHARACTERS = 300

/** A line that is a JSON object as names and values. A press on a value filters by it; the list listens. */
export function FieldsMessage({ fields, matcher }: { fields: LogFields; matcher: Matcher | null }) {
  const listed = useMemo(() => lineFields(fields), [fields])
  return (
    <>
      {listed.slice(0, SHOWN_FIELDS).map((field) => (
        <FieldPart key={field.path} field={field} matcher={matcher} />
      ))}
      {listed.length > SHOWN_FIELDS && (
        <span className="text-ink-muted">{`and ${listed.length - SHOWN_FIELDS} more`}</span>
      )}
    </>
  )
}

function FieldPart({ field, matcher }: { field: LineField; matcher: Matcher | null }) {
  const text = fieldText(field.value)
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  return (
    <span className="mr-3">
      {!field.isMessage && (
        <bdi className="text-ink-muted">
          <LogMessage message={field.path} matcher={matcher} />=
        </bdi>
      )}
      <span
        data-field={field.path}
        title={`Filter by ${visibleText(field.path)}`}
        className={cn(
          'hover:bg-accent-soft cursor-pointer rounded-xs',
          typeof field.value !== 'string' && 'text-accent-ink',
        )}
      >
        <LogMessage message={shown} matcher={matcher} />
      </span>
    </span>
  )
}
