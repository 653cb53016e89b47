import type { ActionKind } from '#contract/device-action'

/** `restart service of main`: how events and the audit log name an action. */
export const namedAction = (kind: ActionKind, serviceName: string | null | undefined): string =>
  `${kind.replaceAll('-', ' ')}${serviceName === null || serviceName === undefined ? '' : ` of ${serviceName}`}`

/** Why, behind what is said already. */
export const withReason = (words: string, reason: string): string =>
  reason === '' ? words : `${words}: ${reason}`
