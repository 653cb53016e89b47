import type { Observation, Trouble } from '../engine/member.engine.ts'

export const RELEASE = 'new'
/** What a device of the world does with the release once it has it. */
export type Behaviour =
  | 'good'
  | 'crash-loops'
  | 'falls-silent'
  | 'rejects'
  | 'gets-hot'
  | 'never-finishes'
  /** Of a host OS: its other slot does not boot, or is not healthy in its trial. A release it runs well. */
  | 'bad-slot'
  | 'bad-trial'
/** What the rollout of a world sends. */
export type Sends = 'release' | 'host-os'
export type WorldDevice = {
  deviceId: number
  uuid: string
  deviceType: string
  tags: Record<string, string>
  isOnline: boolean
  offlineSinceMs: number | null
  behaviour: Behaviour
  /** What it ran before. */
  formerTarget: string
  /** What it was told before: for a host OS mostly nothing. */
  formerTold: string | null
  target: string | null
  current: string
  progress: Observation['progress']
  troubles: Trouble[]
}

/** A device before it lives in a world. */
export type NewDevice = Omit<WorldDevice, 'formerTold' | 'target' | 'current' | 'progress' | 'troubles'>

/** What a host OS does by itself, whatever its target: ends its trial, or calls an update off; whether it then works on. */
export function liveOs(device: WorldDevice): boolean {
  if (!device.isOnline) return false
  const { target, current, progress } = device
  if (progress === 'on-trial') {
    const isBad = device.behaviour === 'bad-trial' && current === RELEASE
    if (isBad) device.current = device.formerTarget
    device.progress = isBad ? 'reverted' : 'none'
    return false
  }
  // What was given up is not tried again before it was taken back.
  if (progress === 'reverted' && target === RELEASE) return false
  if (target === null || target === current || progress === 'reverted') {
    device.progress = 'none'
    return false
  }
  return true
}
