import type { LoaderFunctionArgs } from 'react-router'
import { DeviceList } from '@/features/devices/device-list'
import { askFirstDevices } from '@/features/devices/first-devices'
import { PageHeader } from '@/ui/page-header'
import { soon } from '../early-data'
import { queryClient } from '../query-client'

/** What the list shows first is on its way before the page is drawn, so that it is drawn once. */
export const ask = (address: URL) => soon(askFirstDevices(queryClient, address.searchParams))

export const loader = async ({ request }: LoaderFunctionArgs) => {
  await ask(new URL(request.url))
  return null
}
/** Once drawn, the list follows its address by itself. */
export const shouldRevalidate = () => false

export function Component() {
  return (
    <>
      <PageHeader title="Devices" />
      <DeviceList />
    </>
  )
}
