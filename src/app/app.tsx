import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from 'react-router/dom'
import { setSignedOutHandler } from '@/lib/api'
import { queryClient } from './query-client'
import { router } from './router'
import { leaveSession } from './session-end'

setSignedOutHandler(leaveSession)

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  )
}
