import { useParams } from 'react-router'
import { id } from '#contract/query'
import { BatchView } from '@/features/actions/batch-view'
import { NotFound } from './error.route'

export function Component() {
  const batchId = id.safeParse(useParams()['batchId'])
  if (!batchId.success) return <NotFound />
  return <BatchView key={batchId.data} batchId={batchId.data} />
}
