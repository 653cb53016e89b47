import type { Connectivity, LayerState } from '#contract/device'
import { layers, type HealthReason, type Layer } from '#contract/health'
import { worst } from './health.rules.ts'

/** What a layer may be said of: whether it can be heard at all, and how it is when nothing is wrong. */
export type LayerFacts = {
  connectivity: Connectivity
  reasons: readonly HealthReason[]
  services: readonly { name: string; status: string }[]
  osVersion: string | null
  supervisorVersion: string | null
}

const calm: Record<Exclude<Layer, 'service'>, (facts: LayerFacts) => string> = {
  hardware: () => 'Power and temperature as they should be',
  network: () => 'Polls come as they should',
  'host-os': (facts) => facts.osVersion ?? 'Version not reported',
  engine: () => 'Runs the services',
  supervisor: (facts) =>
    facts.supervisorVersion === null
      ? 'Version not reported'
      : `Supervisor ${facts.supervisorVersion} answers`,
}
const titles: Record<Exclude<Layer, 'service'>, string> = {
  hardware: 'Hardware',
  network: 'Network',
  'host-os': 'Host OS',
  engine: 'Engine',
  supervisor: 'Supervisor',
}

/**
 * The layers apart, from the ground up, so that an application failure does not look like a lost device. A layer that
 * cannot be heard is `unknown`, with what was last known.
 */
export function judgeLayers(facts: LayerFacts): LayerState[] {
  const isHeard = facts.connectivity === 'online' || facts.connectivity === 'late'
  const state = (layer: Layer, name: string, reasons: HealthReason[], summary: string): LayerState => {
    const own = worst(reasons)
    const health = own === 'ok' && !isHeard ? 'unknown' : own
    return {
      layer,
      name,
      health,
      reasons,
      summary: reasons[0]?.evidence ?? (isHeard ? summary : `${summary} (last known)`),
    }
  }
  const ground = layers
    .filter((layer) => layer !== 'service')
    .map((layer) =>
      state(
        layer,
        titles[layer],
        facts.reasons.filter((reason) => reason.layer === layer),
        calm[layer](facts),
      ),
    )
  const services = facts.services.map((service) =>
    state(
      'service',
      service.name,
      facts.reasons.filter((reason) => reason.layer === 'service' && reason.service === service.name),
      service.status,
    ),
  )
  return [...ground, ...services]
}
