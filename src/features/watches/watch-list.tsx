import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { Button } from '@/ui/button'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { toast } from '@/ui/toast.store'
import { watchWords } from './watch-words'
import { useChangeWatch, watchesQuery } from './watches.queries'

/** The devices that whoever is signed in watches, and the way to end it. */
export function WatchList() {
  const query = useQuery(watchesQuery())
  const change = useChangeWatch()
  return (
    <Panel title="Devices you watch" isFlush>
      <ProblemNote error={change.error} />
      <QueryView query={query} what="watches">
        {({ watches }) =>
          watches.length === 0 ? (
            <p className="text-ink-muted px-4 py-3">
              None. “Watch” on the page of a device has you told when it returns, fails or changes.
            </p>
          ) : (
            <ul>
              {watches.map((watch) => (
                <li
                  key={`${watch.uuid} ${watch.kind}`}
                  className="border-line flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2 last:border-b-0"
                >
                  <span className="min-w-0 flex-1">
                    <Link
                      to={`/devices/${watch.uuid}`}
                      className="text-accent-ink font-medium hover:underline"
                    >
                      <bdi>{watch.name}</bdi>
                    </Link>{' '}
                    <span className="text-ink-muted">{watch.fleetName}</span>
                    <span className="text-ink-soft block text-[13px]">
                      {watchWords[watch.kind].label}, {watch.isLasting ? 'each time' : 'once'}; since{' '}
                      <RelativeTime at={watch.createdAt} />
                    </span>
                  </span>
                  <Button
                    size="sm"
                    aria-label={`Stop watching ${watch.name}: ${watchWords[watch.kind].label.toLowerCase()}`}
                    isPending={
                      change.isPending &&
                      change.variables.uuid === watch.uuid &&
                      change.variables.kind === watch.kind
                    }
                    onClick={() =>
                      change.mutate(
                        { uuid: watch.uuid, kind: watch.kind, manner: 'off' },
                        { onSuccess: () => toast('ok', `No longer watching ${watch.name}`) },
                      )
                    }
                  >
                    Stop
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  )
}
