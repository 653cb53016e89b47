import { Button } from '@/ui/button'

type PagerProps = {
  /** Cursor of the page after this one; null: this is the last. */
  next: string | null
  /** Cursor of this page; undefined: it is the first. */
  after: string | undefined
  onChange: (after: string | undefined) => void
}

/** From page to page of a list that is paged by cursors; the way back is the first page, or the browser's own. */
export function Pager({ next, after, onChange }: PagerProps) {
  if (after === undefined && next === null) return null
  return (
    <div className="flex items-center justify-center gap-2 p-3">
      <Button disabled={after === undefined} onClick={() => onChange(undefined)}>
        First page
      </Button>
      <Button disabled={next === null} onClick={() => onChange(next ?? undefined)}>
        Next page
      </Button>
    </div>
  )
}
