import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { EmptyState } from './states'

/** A page or part that the signed-in person's role does not open: says what it would take. */
export function NotAllowed({ title, children }: { title: string; children: ReactNode }) {
  return (
    <EmptyState icon={Lock} title={title}>
      {children}
    </EmptyState>
  )
}
