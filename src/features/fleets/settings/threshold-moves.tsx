import { Link } from 'react-router'
import type { ThresholdPreview } from '#contract/health'
import { HealthStatus } from '@/domain/device-status'
import { formatCount, formatNoun } from '@/lib/format'

type Move = ThresholdPreview['moves'][number]

function Devices({ move }: { move: Move }) {
  const left = move.count - move.devices.length
  return (
    <ul className="border-line mt-1 space-y-1 border-l pl-3">
      {move.devices.map((device) => (
        <li key={device.uuid} className="break-words">
          <Link to={`/devices/${device.uuid}`} className="text-accent-ink underline">
            {device.name}
          </Link>
          {device.reason !== null && <span className="text-ink-muted"> {device.reason}</span>}
        </li>
      ))}
      {left > 0 && <li className="text-ink-muted">and {formatCount(left)} more</li>}
    </ul>
  )
}

/** How many devices would become what; which ones, at a click. */
export function ThresholdMoves({ preview }: { preview: ThresholdPreview }) {
  if (preview.changing === 0)
    return <p>None of the {formatNoun(preview.judged, 'device')} of this fleet would change state.</p>
  return (
    <>
      <p>
        <strong className="tabular-nums">{formatCount(preview.changing)}</strong> of{' '}
        {formatNoun(preview.judged, 'device')} would change state:
      </p>
      <ul aria-label="What would change" className="mt-1 space-y-1">
        {preview.moves.map((move) => (
          <li key={`${move.from}/${move.to}`}>
            <details>
              <summary className="cursor-pointer">
                <span className="inline-flex flex-wrap items-center gap-x-1.5 align-middle">
                  <HealthStatus health={move.from} />
                  <span aria-hidden>→</span>
                  <span className="sr-only">become</span>
                  <HealthStatus health={move.to} />
                  <span className="tabular-nums">{formatNoun(move.count, 'device')}</span>
                </span>
              </summary>
              <Devices move={move} />
            </details>
          </li>
        ))}
      </ul>
    </>
  )
}
