import { DeviceList } from '@/features/devices/device-list'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  return (
    <>
      <PageHeader title="Devices" />
      <DeviceList />
    </>
  )
}
