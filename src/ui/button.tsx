import { LoaderCircle } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from '@/lib/cn'

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger'
const variants: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-90 border-transparent',
  secondary: 'bg-panel text-ink border-line hover:bg-sunken',
  ghost: 'bg-transparent text-ink-soft border-transparent hover:bg-sunken hover:text-ink',
  danger: 'bg-critical-soft text-critical border-critical/40 hover:border-critical',
}

export const buttonClass = (variant: ButtonVariant = 'secondary', size: 'md' | 'sm' = 'md') =>
  cn(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors',
    'disabled:cursor-not-allowed disabled:opacity-55',
    size === 'md' ? 'h-9 px-3' : 'h-7 px-2 text-[13px]',
    variants[variant],
  )

type ButtonProps = ComponentProps<'button'> & {
  variant?: ButtonVariant
  size?: 'md' | 'sm'
  /** While true the button is disabled and says so to assistive technology. */
  isPending?: boolean
  icon?: ReactNode
}

export function Button({
  variant,
  size,
  isPending = false,
  icon,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || isPending}
      aria-busy={isPending || rest['aria-busy']}
      className={cn(buttonClass(variant, size), className)}
    >
      {isPending ? <LoaderCircle className="size-4 animate-spin" aria-hidden /> : icon}
      {children}
    </button>
  )
}
