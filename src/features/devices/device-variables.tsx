import { useQuery } from '@tanstack/react-query'
import type { DeviceDetail } from '#contract/device'
import { VariablesPanel } from '@/domain/variables-panel'
import { useMay } from '@/lib/permission'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'
import { deviceQueries } from './devices.queries'
import { useDeleteVariable, useSetVariable } from './devices.mutations'

/** Variables that reach this device, wherever they were set, and which of them counts. */
export function DeviceVariables({ device }: { device: DeviceDetail }) {
  const mayRead = useMay('support')
  const query = useQuery({ ...deviceQueries.variables(device.uuid), enabled: mayRead })
  const set = useSetVariable(device.uuid)
  const remove = useDeleteVariable(device.uuid)
  if (!mayRead)
    return (
      <EmptyState title="Variables are not shown to viewers">
        They often hold secrets, so reading them needs the role support.
      </EmptyState>
    )
  return (
    <QueryView query={query} what="variables">
      {({ variables }) => (
        <VariablesPanel
          owner="device"
          variables={variables}
          services={[...new Set(device.services.map((service) => service.name))].sort()}
          mayEdit={mayRead}
          onSet={(input) => set.mutateAsync(input)}
          onDelete={(variable) => remove.mutateAsync(variable.id)}
        />
      )}
    </QueryView>
  )
}
