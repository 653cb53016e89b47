import { Clock, CloudDownload, LoaderCircle, TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { cn } from '@/lib/cn'
import { useSource } from '@/lib/source'
import { formatClock, formatDuration, useNow } from '@/lib/time'
import { useLiveQuery } from '@/live/use-live-query'
import { ageOf, type SourceAge as Age } from './source-age-words'
import { sourceQueries } from './source.queries'
import { useIsHeard } from './use-gateway-time'

const PAGE = '/settings/source'

const looks: Record<Age['kind'], { icon: LucideIcon; className: string }> = {
  beginning: { icon: LoaderCircle, className: 'text-updating' },
  fresh: { icon: CloudDownload, className: 'text-ink-muted' },
  held: { icon: Clock, className: 'text-ink-muted' },
  late: { icon: TriangleAlert, className: 'text-attention' },
}

/** Digits that come and go move nothing beside them. */
function Length({ ms }: { ms: number }) {
  return <span className="inline-block min-w-[4ch] text-right tabular-nums">{formatDuration(ms)}</span>
}

/** In the order of reading; where there is no room the name of the source is left out. */
function wordsOf(age: Age, name: ReactNode): ReactNode {
  switch (age.kind) {
    case 'beginning':
      return <>Reading {name} for the first time</>
    case 'fresh':
      return (
        <>
          Read {name} <Length ms={age.ageMs} /> ago
        </>
      )
    case 'held':
      return age.readAt === null ? 'Not read yet' : `Read at ${formatClock(age.readAt)}`
    case 'late':
      return age.since === null ? 'Never read' : `Not read since ${formatClock(age.since)}`
  }
}

/** The whole of it, over the page's top margin, so that nothing moves. */
function LateBanner({ age, name }: { age: Extract<Age, { kind: 'late' }>; name: string }) {
  const when = age.since === null ? 'Never read' : 'Not read'
  const since = age.since === null ? '' : ` since ${formatClock(age.since)}`
  return (
    <p
      role="alert"
      className="bg-attention-soft text-attention absolute inset-x-0 top-full flex h-6 items-center justify-center gap-1.5 px-3 text-[13px] font-medium"
    >
      <TriangleAlert className="size-4 shrink-0" aria-hidden />
      <Link to={PAGE} className="truncate underline underline-offset-2">
        {when} from {name}
        {since}
        {age.sentence === null ? '' : `: ${age.sentence}`}
      </Link>
    </p>
  )
}

/** How old what was read from elsewhere is; always in sight, and the way to what can be done about it. */
export function SourceAge() {
  const { name } = useSource()
  const { data } = useLiveQuery(sourceQueries.status())
  const isHeard = useIsHeard()
  const nowMs = useNow()
  const age = data && ageOf(data, nowMs, isHeard)
  if (!age) return null
  const { icon: Icon, className } = looks[age.kind]
  const from = age.kind === 'fresh' ? `from ${name}` : name
  return (
    <>
      <Link
        to={PAGE}
        title={`Fleets come from ${name}`}
        data-testid="source-age"
        className={cn(
          'inline-flex min-h-6 min-w-0 items-center gap-1.5 text-[13px] whitespace-nowrap hover:underline',
          className,
        )}
      >
        <Icon className={cn('size-4 shrink-0', age.kind === 'beginning' && 'animate-spin')} aria-hidden />
        <span className="sr-only min-w-0 truncate sm:not-sr-only">
          {wordsOf(age, <span className="hidden xl:inline">{from}</span>)}
        </span>
        {age.kind === 'fresh' && (
          <span className="sm:hidden" aria-hidden>
            <Length ms={age.ageMs} />
          </span>
        )}
      </Link>
      {age.kind === 'late' && <LateBanner age={age} name={name} />}
    </>
  )
}
