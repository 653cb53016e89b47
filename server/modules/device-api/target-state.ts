import type { TargetState } from '#contract/device-protocol'

export type TargetVariable = {
  kind: 'environment' | 'configuration'
  isDevice: boolean
  service: string | null
  name: string
  value: string
}

/** What a device's target is built from. */
export type TargetSource = {
  uuid: string
  keyHash: string
  name: string
  fleet: { id: number; uuid: string; name: string }
  release: {
    id: number
    commit: string
    networks: Record<string, unknown>
    volumes: Record<string, unknown>
    services: {
      /** Somebody stopped it from here. */
      isStopped: boolean
      serviceId: number
      imageId: number
      name: string
      image: string
      environment: Record<string, string>
      labels: Record<string, string>
      composition: Record<string, unknown>
    }[]
  } | null
  variables: readonly TargetVariable[]
  /** Host OS the device should run when that differs from what it reported; null: leave it. */
  hostOs: { fleetUuid: string; version: string; commit: string } | null
  /** Somebody lets updates and actions go on although a service holds an update lock. */
  isLockOverridden: boolean
  minimumPollIntervalMs: number
}

const OVERRIDE_LOCK = 'RESIN_SUPERVISOR_OVERRIDE_LOCK'
const POLL_INTERVAL = 'RESIN_SUPERVISOR_POLL_INTERVAL'
/** Longest interval in milliseconds that timers and columns hold; 24 days. */
const MAX_POLL_INTERVAL_MS = 2_147_483_647
/** Config variables that become labels of services that do not set them (upstream's rule). */
const LABEL_VARIABLES: Record<string, string> = {
  RESIN_SUPERVISOR_UPDATE_STRATEGY: 'io.resin.update.strategy',
  RESIN_SUPERVISOR_HANDOVER_TIMEOUT: 'io.resin.update.handover-timeout',
}

const normalised = (name: string) => name.replace(/^BALENA_/, 'RESIN_')

/** Configuration as the device gets it: fleet, then device; the poll interval never below the gateway's own. */
export function targetConfig(
  variables: readonly TargetVariable[],
  minimumPollIntervalMs: number,
): Record<string, string> {
  const config: Record<string, string> = {
    RESIN_SUPERVISOR_DELTA: '1',
    RESIN_SUPERVISOR_VPN_CONTROL: 'false',
  }
  const own = variables.filter(
    (variable) =>
      variable.kind === 'configuration' &&
      variable.service === null &&
      // What upstream keeps for its own dashboard is not the device's.
      !/^(RESIN|BALENA)_UI/.test(variable.name),
  )
  for (const variable of [...own].sort((a, b) => Number(a.isDevice) - Number(b.isDevice)))
    config[normalised(variable.name)] = variable.value
  const asked = Math.round(Number(config[POLL_INTERVAL]))
  const pollIntervalMs = Math.max(Number.isFinite(asked) ? asked : 0, minimumPollIntervalMs)
  config[POLL_INTERVAL] = String(Math.min(pollIntervalMs, MAX_POLL_INTERVAL_MS))
  return config
}

/** The interval in milliseconds at which a device with this configuration polls. */
export const pollIntervalOf = (config: Record<string, string>) => Number(config[POLL_INTERVAL])

/** Environment by precedence, later wins: image, fleet, service, device, device service. */
export function targetEnvironment(
  image: Record<string, string>,
  service: string,
  variables: readonly TargetVariable[],
): Record<string, string> {
  const pick = (isDevice: boolean, ofService: boolean) =>
    variables
      .filter(
        (variable) =>
          variable.kind === 'environment' &&
          variable.isDevice === isDevice &&
          (ofService ? variable.service === service : variable.service === null),
      )
      .map((variable) => [variable.name, variable.value])
  return {
    ...image,
    ...(Object.fromEntries([
      ...pick(false, false),
      ...pick(false, true),
      ...pick(true, false),
      ...pick(true, true),
    ]) as Record<string, string>),
  }
}

function targetLabels(
  labels: Record<string, string>,
  config: Record<string, string>,
): Record<string, string> {
  const injected = Object.entries(LABEL_VARIABLES).flatMap(([variable, label]) => {
    const value = config[variable]
    const isSet = label in labels || label.replace('io.resin.', 'io.balena.') in labels
    return value === undefined || isSet ? [] : [[label, value] as const]
  })
  return { ...labels, ...Object.fromEntries(injected) }
}

/** Keys in one order, so that the same target always has the same ETag. */
function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The target state of one device in upstream's v3 shape (device-protocol section 2). Pure and stable. */
export function buildTargetState(source: TargetSource): TargetState {
  const config = sorted({
    ...targetConfig(source.variables, source.minimumPollIntervalMs),
    ...(source.isLockOverridden ? { [OVERRIDE_LOCK]: '1' } : {}),
  })
  const { release } = source
  const services = Object.fromEntries(
    (release?.services ?? []).map((service) => [
      service.name,
      {
        id: service.serviceId,
        image_id: service.imageId,
        image: service.image.toLowerCase(),
        ...(service.isStopped ? { running: false } : {}),
        environment: sorted(targetEnvironment(service.environment, service.name, source.variables)),
        labels: sorted(targetLabels(service.labels, config)),
        composition: service.composition,
      },
    ]),
  )
  const apps: TargetState[string]['apps'] = {
    [source.fleet.uuid]: {
      id: source.fleet.id,
      name: source.fleet.name,
      class: 'fleet',
      is_host: false,
      ...(release
        ? {
            releases: {
              [release.commit]: {
                id: release.id,
                services: sorted(services),
                networks: release.networks,
                volumes: release.volumes,
              },
            },
          }
        : {}),
    },
  }
  if (source.hostOs) apps[source.hostOs.fleetUuid] = hostApp(source.hostOs)
  return { [source.uuid]: { name: source.name, config, apps } }
}

function hostApp(hostOs: NonNullable<TargetSource['hostOs']>): TargetState[string]['apps'][string] {
  const image = `registry.local/hostos@sha256:${hostOs.commit.padEnd(64, '0')}`
  return {
    id: 1,
    name: 'host-os',
    class: 'app',
    is_host: true,
    releases: {
      [hostOs.commit]: {
        id: 1,
        services: {
          hostapp: {
            id: 1,
            image_id: 1,
            image,
            environment: {},
            labels: { 'io.balena.image.store': 'root', 'io.balena.private.updater': image },
            composition: {
              labels: {
                'io.balena.image.class': 'hostapp',
                'io.balena.private.hostapp.board-rev': 'r1',
                'org.wheelhouse.os-version': hostOs.version,
              },
            },
          },
        },
        networks: {},
        volumes: {},
      },
    },
  }
}
