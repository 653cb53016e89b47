import { LogView } from '@/features/logs/log-view'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  return (
    <>
      <PageHeader title="Logs" />
      <LogView />
    </>
  )
}
