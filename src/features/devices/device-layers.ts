import type { DeviceDetail, LayerState } from '#contract/device'
import { healthStates } from '#contract/health-states'
import { layerWords } from '@/domain/device-words'
import type { Tone } from '@/ui/status'

/** Layers as they stand on each other, services on top; of the services those in trouble first. */
export function stackOf({ layers }: Pick<DeviceDetail, 'layers'>): LayerState[] {
  const services = layers.filter((layer) => layer.layer === 'service')
  const ground = layers.filter((layer) => layer.layer !== 'service').reverse()
  const rank = (layer: LayerState) => healthStates.indexOf(layer.health)
  return [...services.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)), ...ground]
}

const list = (names: readonly string[]): string =>
  names.length < 3 ? names.join(' and ') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`

/**
 * One sentence that says where the trouble is, so that a failing service does not read as a lost device, nor a lost
 * device as a failing service.
 */
export function layerHeadline(device: Pick<DeviceDetail, 'connectivity' | 'layers'>): {
  tone: Tone
  text: string
} {
  if (device.connectivity === 'never')
    return {
      tone: 'unknown',
      text: 'The device registered but was never heard; nothing is known of its layers yet.',
    }
  const bad = device.layers.filter((layer) => layer.health === 'critical' || layer.health === 'attention')
  const tone = bad.some((layer) => layer.health === 'critical') ? 'critical' : 'attention'
  const services = bad.filter((layer) => layer.layer === 'service').map((layer) => layer.name)
  const ground = bad.filter((layer) => layer.layer !== 'service')
  if (device.connectivity === 'offline') {
    const last = services.length > 0 ? ` When last heard, ${serviceText(services)} in trouble.` : ''
    return { tone: 'unknown', text: `The device cannot be heard; its layers are shown as last known.${last}` }
  }
  if (bad.length === 0)
    return { tone: 'ok', text: 'The device is reachable and every layer is as it should be.' }
  if (ground.length === 0)
    return {
      tone,
      text: `The device is reachable and sound; ${serviceText(services)} in trouble.`,
    }
  const names = list(
    ground.map((layer) => layerWords[layer.layer].toLowerCase().replace('host os', 'host OS')),
  )
  const also = services.length > 0 ? `, and ${serviceText(services)} too` : ''
  return { tone, text: `The device is reachable; there is trouble in its ${names}${also}.` }
}

const serviceText = (names: readonly string[]): string =>
  names.length === 1 ? `its service ${names[0] ?? ''} is` : `its services ${list(names)} are`
