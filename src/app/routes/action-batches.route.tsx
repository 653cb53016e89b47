import { BatchList } from '@/features/actions/batch-list'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  return (
    <>
      <PageHeader title="Actions of many devices" trail={[{ label: 'Devices', to: '/devices' }]} />
      <BatchList />
    </>
  )
}
