import type { ComponentProps } from 'react'
import { Field, TextInput } from '@/ui/field'

/** Six digits of an authenticator app, or a recovery code: so no keyboard of numbers alone. */
export function CodeField({ error, ...input }: { error: string | undefined } & ComponentProps<'input'>) {
  return (
    <Field label="Code" hint="Of your authenticator app, or one of your recovery codes." error={error}>
      {(field) => (
        <TextInput
          {...field}
          {...input}
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          className="font-mono"
        />
      )}
    </Field>
  )
}
