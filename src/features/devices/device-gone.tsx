import { CircleSlash } from 'lucide-react'
import { Link } from 'react-router'
import { buttonClass } from '@/ui/button'
import { EmptyState } from '@/ui/states'

/** There is no such device: it was deleted, or the address is wrong. */
export function DeviceGone({ name }: { name: string | null }) {
  return (
    <EmptyState
      icon={CircleSlash}
      title={name === null ? 'There is no such device' : `${name} was deleted`}
      action={
        <Link to="/devices" className={buttonClass('primary')}>
          To the devices
        </Link>
      }
    >
      {name === null
        ? 'It was deleted, or the address is not complete. A uuid has 32 or 62 characters.'
        : 'Somebody deleted it while you were looking. Its events, metrics and logs are gone with it.'}
    </EmptyState>
  )
}
