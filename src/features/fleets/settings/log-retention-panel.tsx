import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import type { LogRetention, LogRetentionLimits, LogRetentionPreview } from '#contract/log-search'
import { formatBytes, formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { FactList } from '@/ui/fact-list'
import { Field, TextInput } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { toast } from '@/ui/toast.store'
import { usePreviewLogRetention, useSetLogRetention } from '../fleets.mutations'
import { fleetQueries } from '../fleets.queries'
import { limitsOf, retentionForm, valuesOf } from './log-retention-form'

type Asked = { limits: LogRetentionLimits; preview: LogRetentionPreview }

function RetentionForm({ fleetId, retention }: { fleetId: number; retention: LogRetention }) {
  const { defaults, limits } = retention
  const mayChange = useMay('admin')
  const preview = usePreviewLogRetention(fleetId)
  const save = useSetLogRetention(fleetId)
  const [asked, setAsked] = useState<Asked | null>(null)
  const { register, handleSubmit, formState, reset } = useForm({
    resolver: zodResolver(retentionForm),
    values: valuesOf(limits),
    resetOptions: { keepDirtyValues: true },
  })
  const store = (next: LogRetentionLimits) =>
    save.mutate(next, {
      onSuccess: () => {
        setAsked(null)
        reset(valuesOf(next))
        toast('ok', 'How long log lines are kept is saved.')
      },
    })
  const submit = handleSubmit((values) => {
    const next = limitsOf(values)
    preview.mutate(next, {
      onSuccess: (found) => (found.lines > 0 ? setAsked({ limits: next, preview: found }) : store(next)),
    })
  })
  return (
    <form noValidate className="space-y-3" onSubmit={(event) => void submit(event)}>
      <fieldset disabled={!mayChange} className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
        <Field
          label="Keep for (days)"
          hint={`Empty: the gateway's ${formatNoun(defaults.days, 'day')}`}
          error={formState.errors.days?.message}
        >
          {(field) => <TextInput {...field} {...register('days')} inputMode="decimal" autoComplete="off" />}
        </Field>
        <Field
          label="Keep at most (GB)"
          hint={`Empty: ${defaults.bytes === null ? 'no limit' : `the gateway's ${formatBytes(defaults.bytes)}`}`}
          error={formState.errors.gigabytes?.message}
        >
          {(field) => (
            <TextInput {...field} {...register('gigabytes')} inputMode="decimal" autoComplete="off" />
          )}
        </Field>
      </fieldset>
      <ProblemNote error={preview.error ?? (asked ? null : save.error)} />
      {mayChange ? (
        <Button type="submit" isPending={preview.isPending || save.isPending} disabled={!formState.isDirty}>
          Save
        </Button>
      ) : (
        <p className="text-ink-muted">An administrator can change this: lower limits delete lines.</p>
      )}
      {asked && (
        <ConfirmDialog
          title="Delete stored log lines?"
          confirmLabel="Save and delete"
          isDangerous
          isPending={save.isPending}
          error={save.error}
          onConfirm={() => store(asked.limits)}
          onClose={() => setAsked(null)}
        >
          <p>
            These limits delete about{' '}
            <strong className="tabular-nums">{formatNoun(asked.preview.lines, 'line')}</strong> (
            {formatBytes(asked.preview.bytes)}) within the next minutes. They cannot be brought back.
          </p>
          <p>
            {asked.preview.oldestKeptAt === null ? (
              'No line would be left.'
            ) : (
              <>
                The oldest line left would be from <RelativeTime at={asked.preview.oldestKeptAt} />.
              </>
            )}
          </p>
        </ConfirmDialog>
      )}
    </form>
  )
}

/** How long and how much of the fleet's log is kept, and what is there now. */
export function LogRetentionPanel({ fleetId }: { fleetId: number }) {
  const query = useQuery(fleetQueries.logRetention(fleetId))
  return (
    <Panel
      title="Log lines"
      hint="The oldest lines go first, whichever limit is reached. Deleting runs in the background."
    >
      <QueryView query={query} what="how long log lines are kept">
        {(retention) => (
          <div className="space-y-4">
            <FactList
              facts={[
                {
                  name: 'Stored',
                  value: (
                    <span className="tabular-nums">
                      {formatNoun(retention.usage.lines, 'line')}, {formatBytes(retention.usage.bytes)}
                    </span>
                  ),
                },
                {
                  name: 'Oldest line',
                  value: <RelativeTime at={retention.usage.oldestAt} fallback="none" />,
                },
                {
                  name: 'Of each device',
                  value: (
                    <span className="tabular-nums">
                      the newest {formatNoun(retention.defaults.linesPerDevice, 'line')} at most
                    </span>
                  ),
                },
              ]}
            />
            <RetentionForm fleetId={fleetId} retention={retention} />
          </div>
        )}
      </QueryView>
    </Panel>
  )
}
