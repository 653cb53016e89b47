import type { ReactNode } from 'react'

/** Names and values, e.g. of a device's hardware. */
export function FactList({ facts }: { facts: { name: string; value: ReactNode }[] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1.5">
      {facts.map((fact) => (
        <div key={fact.name} className="contents">
          <dt className="text-ink-muted">{fact.name}</dt>
          <dd className="min-w-0 break-words">{fact.value}</dd>
        </div>
      ))}
    </dl>
  )
}
