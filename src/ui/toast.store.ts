import { create } from 'zustand'
import type { Tone } from './status'

/** `link`: where what the toast says can be looked at. */
export type ToastLink = { to: string; label: string }
export type ToastMessage = {
  id: number
  tone: Tone
  text: string
  link: ToastLink | undefined
  /** Why what was asked for in passing failed. */
  error: Error | undefined
}
const MAX_TOASTS = 4

let sequence = 0
export const useToasts = create<{ toasts: ToastMessage[] }>()(() => ({ toasts: [] }))

/** Says something in passing; what must be acted on belongs into the page instead. */
export function toast(tone: Tone, text: string, link?: ToastLink, error?: Error): void {
  const next = { id: ++sequence, tone, text, link, error }
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, next].slice(-MAX_TOASTS) }))
}

/** Says that what was asked for in passing failed, after `before`; what may not have been done can be sent again. */
export function toastFailure(before: string, error: Error): void {
  toast('critical', before + error.message, undefined, error)
}

export function dismissToast(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((entry) => entry.id !== id) }))
}
