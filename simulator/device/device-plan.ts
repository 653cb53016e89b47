import { Random } from '../random.ts'

/** Devices of one type that join one fleet with its provisioning key. */
export type DeviceGroup = {
  fleetId: number
  provisioningKey: string
  deviceType: string
  count: number
  /** Flashed with the images of the fleet's release, as balena's preload does: the first start downloads nothing. */
  isPreloaded?: boolean | undefined
}

/** Who a device is and what it is made of; drawn from the seed alone. */
export type DevicePlan = {
  index: number
  fleetId: number
  provisioningKey: string
  deviceType: string
  isPreloaded: boolean
  uuid: string
  key: string
  apiSecret: string
  macAddress: string
  ipAddress: string
  osVersion: string
  /** What its passive slot still holds. */
  previousOsVersion: string | null
  osVariant: 'prod' | 'dev'
  supervisorVersion: string
  cpuId: string
  blockDevice: string
  memoryTotalMib: number
  storageTotalMib: number
  /** Where its figures come to rest. */
  calm: { cpuPercent: number; temperatureC: number; memoryPercent: number; storagePercent: number }
  bytesPerSecond: number
}

type Make = {
  memoryMib: readonly number[]
  storageMib: readonly number[]
  temperatureC: number
  disk: string
}

const board: Make = {
  memoryMib: [1_835, 3_792],
  storageMib: [14_820, 29_640, 59_580],
  temperatureC: 56,
  disk: 'mmcblk0p6',
}
const makes: Record<string, Make> = {
  'raspberry-pi': { ...board, memoryMib: [430], storageMib: [7_210, 14_820], temperatureC: 46 },
  raspberrypi3: { ...board, memoryMib: [904], storageMib: [14_820, 29_640], temperatureC: 54 },
  'raspberrypi4-64': board,
  raspberrypi5: { ...board, memoryMib: [3_960, 7_930], temperatureC: 60 },
  'beaglebone-black': { ...board, memoryMib: [488], storageMib: [3_120], temperatureC: 50 },
  'jetson-orin-nano-devkit-nvme': {
    memoryMib: [7_620],
    storageMib: [118_700, 237_400],
    temperatureC: 52,
    disk: 'nvme0n1p17',
  },
  'jetson-xavier': { memoryMib: [15_300], storageMib: [27_900], temperatureC: 51, disk: 'mmcblk0p38' },
  'intel-nuc': { memoryMib: [7_810, 15_880], storageMib: [118_700, 237_400], temperatureC: 49, disk: 'sda6' },
  'generic-amd64': { memoryMib: [7_810, 31_900], storageMib: [118_700], temperatureC: 47, disk: 'nvme0n1p6' },
}
const osVersions = ['6.5.3', '6.5.3', '6.5.3', '6.4.0', '6.4.0', '6.0.24'] as const
const oldOsVersions = ['6.0.24', '6.0.24', '5.3.21'] as const
/** Types whose newest host OS image is an old one. */
const oldTypes = new Set(['raspberry-pi', 'jetson-xavier', 'beaglebone-black', 'qemux86'])
const supervisorVersions = ['19.0.5', '19.0.5', '19.0.5', '18.2.0', '17.4.2'] as const

const pairs = (text: string) => text.match(/../g)?.join(':') ?? text

function planDevice(seed: string, group: DeviceGroup, index: number): DevicePlan {
  const random = new Random(`${seed}/device/${index}`)
  const identity = random.fork('identity')
  const make = makes[group.deviceType] ?? board
  const storageTotalMib = random.pick(make.storageMib)
  return {
    index,
    fleetId: group.fleetId,
    provisioningKey: group.provisioningKey,
    deviceType: group.deviceType,
    isPreloaded: group.isPreloaded ?? false,
    uuid: identity.hex(32),
    key: identity.hex(32),
    apiSecret: identity.hex(32),
    macAddress: pairs(`dca632${identity.hex(6)}`).toUpperCase(),
    ipAddress: `10.${40 + (group.fleetId % 100)}.${Math.floor(index / 200) % 256}.${10 + (index % 200)}`,
    osVersion: random.pick(oldTypes.has(group.deviceType) ? oldOsVersions : osVersions),
    previousOsVersion: identity.chance(0.6) ? identity.pick(['6.0.24', '5.3.21', '5.1.20']) : null,
    osVariant: random.chance(0.04) ? 'dev' : 'prod',
    supervisorVersion: random.pick(supervisorVersions),
    cpuId: identity.hex(16),
    blockDevice: `/dev/${make.disk}`,
    memoryTotalMib: random.pick(make.memoryMib),
    storageTotalMib,
    calm: {
      cpuPercent: random.between(6, 38),
      temperatureC: make.temperatureC + random.between(-5, 7),
      memoryPercent: random.between(28, 62),
      storagePercent: random.between(18, 58),
    },
    bytesPerSecond: Math.round(random.between(0.35, 2.4) * 1_000_000),
  }
}

/** All devices of these groups in order. The same seed and groups always give the same devices. */
export function planDevices(seed: string, groups: readonly DeviceGroup[]): DevicePlan[] {
  let index = 0
  return groups.flatMap((group) =>
    Array.from({ length: group.count }, () => planDevice(seed, group, index++)),
  )
}
