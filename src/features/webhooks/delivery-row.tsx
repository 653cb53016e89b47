import { ChevronDown, ChevronRight, RotateCw } from 'lucide-react'
import { useId } from 'react'
import type { WebhookDelivery } from '#contract/webhook'
import { formatNoun } from '@/lib/format'
import { Button } from '@/ui/button'
import { CopyButton } from '@/ui/copy-button'
import { RelativeTime } from '@/ui/relative-time'
import { Status } from '@/ui/status'
import { toast, toastFailure } from '@/ui/toast.store'
import { deliveryWords, eventWords } from './webhook-words'
import { useRedeliver } from './webhooks.mutations'

type DeliveryBodyProps = { webhookId: number; delivery: WebhookDelivery; isEnabled: boolean }
type DeliveryRowProps = DeliveryBodyProps & { isOpen: boolean; onToggle: () => void }

/** How the last attempt went, in words. */
function outcomeOf({ state, statusCode, error, tookMs }: WebhookDelivery): string {
  if (error !== null) return error
  if (state === 'waiting') return 'Not tried yet'
  return `Answered ${statusCode ?? ''}${tookMs === null ? '' : ` in ${tookMs} ms`}`
}

/** One delivery: what, how it went, when it is tried next; the body and sending it again behind it. */
export function DeliveryRow({ webhookId, delivery, isEnabled, isOpen, onToggle }: DeliveryRowProps) {
  const bodyId = useId()
  const { label, tone } = deliveryWords[delivery.state]
  const Chevron = isOpen ? ChevronDown : ChevronRight
  return (
    <li className="border-line border-b last:border-b-0">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={bodyId}
        onClick={onToggle}
        className="hover:bg-sunken flex w-full items-start gap-2 px-4 py-2.5 text-left"
      >
        <Chevron className="text-ink-muted mt-0.5 size-4 shrink-0" aria-hidden />
        <span className="min-w-0 flex-1">
          <span className="flex flex-wrap items-center gap-x-3">
            <span className="w-24 shrink-0">
              <Status tone={tone}>{label}</Status>
            </span>
            <span className="font-medium">{eventWords[delivery.event]}</span>
            <span className="text-ink-muted text-[13px] tabular-nums">
              #{delivery.id}, <RelativeTime at={delivery.createdAt} />
            </span>
          </span>
          <span className="text-ink-soft mt-0.5 block text-[13px] break-words tabular-nums">
            {outcomeOf(delivery)}. {formatNoun(delivery.attempts, 'attempt')}
            {delivery.nextAttemptAt !== null &&
              (isEnabled ? (
                <>
                  , the next one <RelativeTime at={delivery.nextAttemptAt} />
                </>
              ) : (
                ', waits until the webhook is switched on'
              ))}
          </span>
        </span>
      </button>
      <div id={bodyId} hidden={!isOpen} className="space-y-2 px-4 pt-2 pb-3 sm:pl-10">
        {isOpen && <DeliveryBody webhookId={webhookId} delivery={delivery} isEnabled={isEnabled} />}
      </div>
    </li>
  )
}

function DeliveryBody({ webhookId, delivery, isEnabled }: DeliveryBodyProps) {
  const redeliver = useRedeliver(webhookId)
  const text = JSON.stringify(delivery.payload, null, 2)
  const isWaiting = delivery.state === 'waiting'
  const send = () =>
    redeliver.mutate(delivery.id, {
      onSuccess: () => toast('ok', `Delivery ${delivery.id} is sent ${isWaiting ? 'now' : 'again'}`),
      onError: (error) => toastFailure(`Delivery ${delivery.id}: `, error),
    })
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Button
          size="sm"
          icon={<RotateCw className="size-4" aria-hidden />}
          isPending={redeliver.isPending}
          disabled={!isEnabled}
          onClick={send}
        >
          {isWaiting ? 'Send now' : 'Send again'}
        </Button>
        <span className="text-ink-muted text-[13px]">
          {isEnabled
            ? 'Under the same number, so the receiver can tell that it is the same.'
            : 'The webhook is switched off; switch it on to send this.'}
        </span>
      </div>
      <section aria-label={`Body of delivery ${delivery.id}`}>
        <div className="flex items-center justify-between">
          <h3 className="text-ink-soft text-[13px] font-medium">Body</h3>
          <CopyButton text={text} label={`Copy the body of delivery ${delivery.id}`} />
        </div>
        <pre className="border-line bg-sunken rounded-md border px-3 py-2 font-mono text-[12.5px] wrap-anywhere whitespace-pre-wrap">
          {text}
        </pre>
      </section>
    </>
  )
}
