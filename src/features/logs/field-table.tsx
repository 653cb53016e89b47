import { Filter, FilterX } from 'lucide-react'
import { fieldText, type FieldCondition, type LogFields } from '#contract/log-fields'
import { IconButton } from '@/ui/icon-button'
import { lineFields, MAX_FILTER_CHARACTERS } from './line-fields'
import { visibleText } from './visible-text'

/** Of longer values this much; the text of the line has them whole. */
const SHOWN_CHARACTERS = 500

type FieldTableProps = { fields: LogFields; onFilter: (condition: FieldCondition) => void }

/** Every field of a line, with the way to filter by it or to leave out what is like it. */
export function FieldTable({ fields, onFilter }: FieldTableProps) {
  return (
    <ul aria-label="Fields" className="border-line divide-line divide-y rounded-md border">
      {lineFields(fields).map(({ path, value }) => {
        const name = visibleText(path)
        const text = fieldText(value)
        return (
          <li key={path} className="flex items-start gap-2 px-3 py-1 font-mono text-[12.5px]">
            <span className="text-ink-muted w-1/3 shrink-0 wrap-anywhere">
              <bdi>{name}</bdi>
            </span>
            <span className="min-w-0 flex-1 wrap-anywhere">
              <bdi>
                {visibleText(text.slice(0, SHOWN_CHARACTERS))}
                {text.length > SHOWN_CHARACTERS && '…'}
              </bdi>
            </span>
            <IconButton
              disabled={text.length > MAX_FILTER_CHARACTERS}
              label={`Only lines where ${name} is this`}
              icon={<Filter />}
              className="size-6 [&_svg]:size-3.5"
              onClick={() => onFilter({ path, operator: 'is', value: text })}
            />
            <IconButton
              disabled={text.length > MAX_FILTER_CHARACTERS}
              label={`Without lines where ${name} is this`}
              icon={<FilterX />}
              className="size-6 [&_svg]:size-3.5"
              onClick={() => onFilter({ path, operator: 'is-not', value: text })}
            />
          </li>
        )
      })}
    </ul>
  )
}
