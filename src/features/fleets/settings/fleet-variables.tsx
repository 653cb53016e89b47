import { useQuery } from '@tanstack/react-query'
import type { FleetSummary } from '#contract/fleet'
import { VariablesPanel } from '@/domain/variables-panel'
import { useMay } from '@/lib/permission'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { LoadingState } from '@/ui/states'
import { useDeleteFleetVariable, useSetFleetVariable } from '../fleets.mutations'
import { fleetQueries } from '../fleets.queries'

function Variables({ fleet }: { fleet: FleetSummary }) {
  const variables = useQuery(fleetQueries.variables(fleet.id))
  const services = useQuery(fleetQueries.services(fleet.id, fleet.targetRelease?.id ?? null))
  const set = useSetFleetVariable(fleet.id)
  const remove = useDeleteFleetVariable(fleet.id)
  const mayEdit = useMay('release-manager')
  return (
    <QueryView
      query={variables}
      what="variables"
      loading={
        <Panel title="Variables">
          <LoadingState what="variables" />
        </Panel>
      }
    >
      {(data) => (
        <VariablesPanel
          owner="fleet"
          variables={data.variables}
          services={services.data ?? []}
          mayEdit={mayEdit}
          onSet={(input) => set.mutateAsync(input)}
          onDelete={(variable) => remove.mutateAsync(variable.id)}
        />
      )}
    </QueryView>
  )
}

export function FleetVariables({ fleet }: { fleet: FleetSummary }) {
  const mayRead = useMay('support')
  if (mayRead) return <Variables fleet={fleet} />
  return (
    <Panel title="Variables">
      <p className="text-ink-muted">Variables can hold secrets: support staff and above may read them.</p>
    </Panel>
  )
}
