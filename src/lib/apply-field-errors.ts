import type { FieldValues, Path, UseFormReturn } from 'react-hook-form'
import { ApiError } from './api'

/** Puts what the gateway refused at the fields it named; answers whether there was such a field. */
export function applyFieldErrors<T extends FieldValues>(
  form: Pick<UseFormReturn<T>, 'setError' | 'getValues'>,
  error: unknown,
): boolean {
  if (!(error instanceof ApiError)) return false
  const names = new Set(Object.keys(form.getValues()))
  const known = error.fields.filter(({ field }) => names.has(field))
  for (const { field, reason } of known) form.setError(field as Path<T>, { message: reason })
  return known.length > 0
}
