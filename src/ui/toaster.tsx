import { createPart, usePart } from '@/lib/part'
import { useToasts } from './toast.store'

export const toastPart = createPart(() => import('./toast-stack'))

/** Where toasts appear; mounted once by the shell. Its code is fetched with the first toast. */
export function Toaster() {
  const hasToasts = useToasts((state) => state.toasts.length > 0)
  const stack = usePart(toastPart, hasToasts)
  return stack && <stack.ToastStack />
}
