import type { Variable } from '#contract/fleet'

export type VariableOwner = 'fleet' | 'device'

export const scopeWords: Record<Variable['scope'], string> = {
  fleet: 'Fleet',
  'fleet-service': 'Fleet service',
  device: 'Device',
  'device-service': 'Device service',
}

/** Later wins, as the gateway puts target states together. */
const precedence: Record<Variable['scope'], number> = {
  fleet: 0,
  'fleet-service': 1,
  device: 2,
  'device-service': 3,
}

/** Where a variable was set, in words that fit into a sentence: `fleet, service api`. */
export const placeOf = (variable: Pick<Variable, 'scope' | 'service'>): string =>
  variable.service === null
    ? scopeWords[variable.scope].toLowerCase()
    : `${scopeWords[variable.scope].toLowerCase()} ${variable.service}`

const isRival = (variable: Variable, other: Variable) =>
  other.id !== variable.id &&
  other.kind === variable.kind &&
  other.name === variable.name &&
  precedence[other.scope] > precedence[variable.scope]

/** The variable whose value counts instead of this one, or null when this one reaches what it was set for. */
export function overriddenBy(variable: Variable, all: readonly Variable[]): Variable | null {
  const winners = all
    .filter(
      (other) => isRival(variable, other) && (other.service === null || other.service === variable.service),
    )
    .sort((a, b) => precedence[b.scope] - precedence[a.scope])
  return winners[0] ?? null
}

/** The services that have a value of their own where this variable is meant for all of them. */
export function exceptedServices(variable: Variable, all: readonly Variable[]): string[] {
  if (variable.service !== null) return []
  const services = all.flatMap((other) =>
    isRival(variable, other) && other.service !== null ? other.service : [],
  )
  return [...new Set(services)].sort()
}

/** Names of configuration variables as host OS and supervisor know them. */
export const isConfigurationName = (name: string): boolean => /^(BALENA|RESIN)_/.test(name)

/** What setting or removing a variable does to running devices. */
export function consequenceOf(variable: Pick<Variable, 'kind' | 'service'>, owner: VariableOwner): string {
  const where = owner === 'fleet' ? 'every device of the fleet' : 'this device'
  if (variable.kind === 'configuration')
    return `The supervisor applies it on ${where} at the next poll; a boot setting reboots the device.`
  return variable.service === null
    ? `All services restart on ${where} at the next poll, unless they have a value of their own.`
    : `The service ${variable.service} restarts on ${where} at the next poll.`
}
