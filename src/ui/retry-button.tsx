import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { RotateCw } from 'lucide-react'
import type { ComponentProps } from 'react'
import { Button } from './button'

/** What failed with this error, for the part of the page that waits for it: its own callbacks hear of the new answer. */
function sendAgain(client: QueryClient, error: Error): void {
  // Where one write stands for another, the one that was asked for came first.
  const failed = client.getMutationCache().find({ predicate: ({ state }) => state.error === error })
  // A second click while it is under way finds none.
  failed?.execute(failed.state.variables).catch(() => undefined)
}

/** Sends a write again of which nobody knows whether it was carried out. */
export function RetryButton({ error, onClick, ...rest }: { error: Error } & ComponentProps<'button'>) {
  const client = useQueryClient()
  return (
    <Button
      {...rest}
      size="sm"
      icon={<RotateCw className="size-3.5" aria-hidden />}
      title="It is done once, also when it went through before"
      onClick={(event) => {
        sendAgain(client, error)
        onClick?.(event)
      }}
    >
      Retry
    </Button>
  )
}
