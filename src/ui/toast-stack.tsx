import { X } from 'lucide-react'
import { Toast } from 'radix-ui'
import { Link } from 'react-router'
import { ApiError } from '@/lib/api'
import { cn } from '@/lib/cn'
import { RetryButton } from './retry-button'
import { toneIcon, toneText } from './status'
import { dismissToast, useToasts, type ToastMessage } from './toast.store'

/** Elsewhere too: what failed in passing and what failed in a form can both be sent again. */
export { RetryButton }

const SHOWN_MS = 6000
/** What failed must be read, what leads somewhere must be reached. */
const LONG_SHOWN_MS = 15_000

const isUnsettled = (error: Error | undefined) => error instanceof ApiError && error.isUnsettled

/** How long it stays; what can be sent again stays until somebody decides. */
function durationOf({ tone, link, error }: ToastMessage): number {
  if (isUnsettled(error)) return Infinity
  return tone === 'critical' || link !== undefined ? LONG_SHOWN_MS : SHOWN_MS
}

/** The toasts themselves: see `Toaster`. */
export function ToastStack() {
  const toasts = useToasts((state) => state.toasts)
  return (
    <Toast.Provider swipeDirection="right">
      {toasts.map((message) => {
        const { id, tone, text, link, error } = message
        const Icon = toneIcon[tone]
        return (
          <Toast.Root
            key={id}
            duration={durationOf(message)}
            type={tone === 'critical' ? 'foreground' : 'background'}
            onOpenChange={(isOpen) => {
              if (!isOpen) dismissToast(id)
            }}
            className="border-line bg-raised shadow-pop flex items-start gap-2 rounded-lg border p-3"
          >
            <Icon className={cn('mt-0.5 size-4 shrink-0', toneText[tone])} aria-hidden />
            <div className="min-w-0 flex-1">
              <Toast.Description className="break-words">{text}</Toast.Description>
              {link !== undefined && (
                <Toast.Action asChild altText={`${link.label}, in the bell's list too`}>
                  <Link to={link.to} className="text-accent-ink mt-1 inline-block font-medium underline">
                    {link.label}
                  </Link>
                </Toast.Action>
              )}
              {error && isUnsettled(error) && (
                <Toast.Action asChild altText="Ask for it again where you asked before">
                  <RetryButton error={error} className="mt-2" />
                </Toast.Action>
              )}
            </div>
            <Toast.Close aria-label="Dismiss" className="text-ink-muted hover:text-ink rounded p-0.5">
              <X className="size-4" aria-hidden />
            </Toast.Close>
          </Toast.Root>
        )
      })}
      <Toast.Viewport className="fixed right-4 bottom-4 z-50 flex w-[calc(100vw-2rem)] max-w-sm flex-col gap-2 outline-none" />
    </Toast.Provider>
  )
}
