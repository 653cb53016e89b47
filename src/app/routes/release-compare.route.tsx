import { useQuery } from '@tanstack/react-query'
import { ArrowLeftRight } from 'lucide-react'
import { z } from 'zod'
import { ReleaseChoice } from '@/features/releases/release-choice'
import { ReleaseComparison } from '@/features/releases/release-comparison'
import { releaseQueries } from '@/features/releases/releases.queries'
import { useSearchState } from '@/lib/search-state'
import { Button } from '@/ui/button'
import { PageHeader } from '@/ui/page-header'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'

const releaseId = z.coerce.number().int().positive()
const search = z.object({ from: releaseId.optional(), to: releaseId.optional() })

export function Component() {
  const [{ from, to }, update] = useSearchState(search)
  if (from === undefined || to === undefined)
    return (
      <>
        <PageHeader title="Compare releases" trail={[{ label: 'Releases', to: '/releases' }]} />
        <EmptyState title="Two releases are needed to compare">
          Choose two in the list of releases, then “Compare 2”.
        </EmptyState>
      </>
    )
  return <Compared from={from} to={to} onChange={(change) => update(change)} />
}

type ComparedProps = { from: number; to: number; onChange: (change: { from?: number; to?: number }) => void }

function Compared({ from, to, onChange }: ComparedProps) {
  const query = useQuery(releaseQueries.comparison(from, to))
  const fleetId = query.data?.from.fleetId
  const choices = useQuery({ ...releaseQueries.choices(fleetId ?? 0), enabled: fleetId !== undefined })
  const title = query.data ? `${query.data.from.semver} → ${query.data.to.semver}` : 'Compare releases'
  return (
    <>
      <PageHeader
        title={title}
        trail={[
          { label: 'Releases', to: '/releases' },
          ...(query.data
            ? [{ label: query.data.from.fleetName, to: `/fleets/${query.data.from.fleetId}/releases` }]
            : []),
        ]}
      />
      <div className="mb-4 flex max-w-3xl flex-wrap items-end gap-2">
        <div className="min-w-0 flex-1 basis-60">
          <ReleaseChoice
            label="From: what a device runs"
            releases={choices.data ?? []}
            value={from}
            onChange={(next) => onChange({ from: next })}
          />
        </div>
        <Button
          icon={<ArrowLeftRight className="size-4" aria-hidden />}
          onClick={() => onChange({ from: to, to: from })}
        >
          Swap
        </Button>
        <div className="min-w-0 flex-1 basis-60">
          <ReleaseChoice
            label="To: what it should get"
            releases={choices.data ?? []}
            value={to}
            onChange={(next) => onChange({ to: next })}
          />
        </div>
      </div>
      <QueryView query={query} what="the comparison">
        {(comparison) =>
          from === to ? (
            <EmptyState title="Both are the same release">Choose another one on either side.</EmptyState>
          ) : (
            <ReleaseComparison comparison={comparison} />
          )
        }
      </QueryView>
    </>
  )
}
