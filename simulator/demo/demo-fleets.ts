import { manifestOf, withDigest } from '../registry.ts'
import { FAULT_LABEL } from '../device/service-fault.ts'

export type DemoService = {
  name: string
  image: string
  extra?: string
  labels?: Record<string, string>
  environment?: Record<string, string>
}
export type DemoRelease = { semver: string; notes: string; services: DemoService[] }
export type DemoFleet = {
  name: string
  deviceType: string
  platform: string
  groups: { deviceType: string; count: number }[]
  /** What devices come with. */
  first: DemoRelease
  /** Final and ready to be sent. */
  next: DemoRelease
  /** Still a draft. */
  draft: DemoRelease
}

const service = (
  image: string,
  name: string,
  version: string,
  more: Partial<DemoService> = {},
): DemoService => ({
  name,
  image: `registry.example/${image}:${version}`,
  ...more,
})

const kiosk = (version: string, agent: string, notes: string): DemoRelease => ({
  semver: version,
  notes,
  services: [
    service('kiosks/web-ui', 'web-ui', version, {
      extra: '    ports:\n      - "80:8080"\n',
      environment: { LAUNCH_URL: 'http://localhost:8080/', IDLE_SECONDS: '90' },
    }),
    service('kiosks/payment-connector', 'payment-connector', version, {
      labels: { 'io.balena.update.strategy': 'hand-over', 'io.balena.update.handover-timeout': '20000' },
    }),
    service('shared/telemetry-agent', 'telemetry-agent', agent, { environment: { BATCH_SECONDS: '30' } }),
  ],
})

const station = (version: string, agent: string, notes: string, extra: DemoService[] = []): DemoRelease => ({
  semver: version,
  notes,
  services: [
    service('stations/sensor-logger', 'sensor-logger', version, {
      extra: '    privileged: true\n    volumes:\n      - readings:/data\n',
      environment: { SAMPLE_SECONDS: '15' },
    }),
    service('shared/uplink-sync', 'uplink-sync', agent),
    ...extra,
  ],
})

const drone = (version: string, planner: Partial<DemoService>, notes: string): DemoRelease => ({
  semver: version,
  notes,
  services: [
    service('drones/navigator', 'navigator', version, {
      ...planner,
      extra: '    devices:\n      - "/dev/ttyACM0:/dev/ttyACM0"\n',
    }),
    service('drones/vision', 'vision', version, {
      labels: { 'io.balena.update.strategy': 'kill-then-download' },
      extra: '    runtime: runc\n',
    }),
    service('shared/telemetry-agent', 'telemetry-agent', '1.7.2', { environment: { BATCH_SECONDS: '5' } }),
  ],
})

const badPlanner: Partial<DemoService> = {
  labels: {
    [FAULT_LABEL]: 'crash-loop',
    [`${FAULT_LABEL}.device-types`]: 'raspberrypi5',
    [`${FAULT_LABEL}.exit-code`]: '1',
    [`${FAULT_LABEL}.after-seconds`]: '20',
  },
}

export const demoFleets: readonly DemoFleet[] = [
  {
    name: 'Kiosks',
    deviceType: 'intel-nuc',
    platform: 'linux/amd64',
    groups: [
      { deviceType: 'intel-nuc', count: 90 },
      { deviceType: 'generic-amd64', count: 30 },
    ],
    first: kiosk('2.4.0', '1.7.2', 'New basket, faster start.'),
    next: kiosk('2.5.0', '1.7.3', 'Contactless payment, telemetry agent 1.7.3.'),
    draft: kiosk('2.6.0', '1.7.3', 'Dark catalogue. Not yet tried on the older units.'),
  },
  {
    name: 'Sensor stations',
    deviceType: 'raspberrypi3',
    platform: 'linux/arm/v7',
    groups: [
      { deviceType: 'raspberrypi3', count: 80 },
      { deviceType: 'raspberrypi4-64', count: 40 },
      { deviceType: 'beaglebone-black', count: 20 },
    ],
    first: station('1.8.2', '3.1.0', 'Calibration survives a power cut.'),
    next: station('1.9.0', '3.2.0', 'Samples are stored while the uplink is away.'),
    draft: station('2.0.0', '3.2.0', 'A gateway for neighbouring stations.', [
      service('stations/radio-gateway', 'radio-gateway', '0.3.0'),
    ]),
  },
  {
    name: 'Delivery drones',
    deviceType: 'jetson-orin-nano-devkit-nvme',
    platform: 'linux/arm64',
    groups: [
      { deviceType: 'jetson-orin-nano-devkit-nvme', count: 36 },
      { deviceType: 'raspberrypi5', count: 24 },
    ],
    first: drone('0.14.1', {}, 'Steadier landing.'),
    next: drone('0.15.0', badPlanner, 'New route planner.'),
    draft: drone('0.15.1', {}, 'Route planner without the calibration file.'),
  },
]

const indented = (key: string, values: Record<string, string> | undefined) =>
  values === undefined
    ? ''
    : `    ${key}:\n${Object.entries(values)
        .map(([name, value]) => `      ${name}: ${JSON.stringify(value)}\n`)
        .join('')}`

/** The release as a team would write it: a docker-compose.yml with digests, and what its registry says of the images. */
export function composeOf(fleet: DemoFleet, release: DemoRelease) {
  const services = release.services.map(
    (one) =>
      `  ${one.name}:\n    image: ${withDigest(one.image)}\n    platform: ${fleet.platform}\n    restart: always\n` +
      (one.extra ?? '') +
      indented('environment', one.environment) +
      indented('labels', one.labels),
  )
  const hasReadings = services.some((text) => text.includes('readings:/data'))
  return {
    composeYaml: `services:\n${services.join('')}${hasReadings ? 'volumes:\n  readings: {}\n' : ''}`,
    images: Object.fromEntries(
      release.services.map((one) => {
        const { sizeBytes, layers } = manifestOf(one.image)
        return [one.name, { sizeBytes, layers }]
      }),
    ),
  }
}
