import type { SourceVariable } from '../fleet-source.ts'
import type { BalenaClient } from './balena-client.ts'
import {
  deviceServiceVariables,
  deviceVariables,
  fleetVariables,
  serviceVariables,
  type ApplicationRow,
} from './balena-model.ts'
import { ask } from './balena-queries.ts'

const select = ['name', 'value']
const owner = { expand: { device: { select: ['uuid'] } } }

/** All variables of a fleet, of its services, of its devices and of their services: six resources of the model. */
export async function readVariables(client: BalenaClient, fleet: ApplicationRow): Promise<SourceVariable[]> {
  const ofFleet = { select: [...select, 'application'], filter: { application: fleet.id } }
  const ofDevices = {
    select,
    ...owner,
    filter: `device/any(d:d/belongs_to__application eq ${fleet.id})`,
  }
  const [environment, configuration, service, device, deviceConfiguration, deviceService] = await Promise.all(
    [
      client.get(fleetVariables, ask('application_environment_variable', ofFleet)),
      client.get(fleetVariables, ask('application_config_variable', ofFleet)),
      client.get(
        serviceVariables,
        ask('service_environment_variable', {
          select,
          expand: { service: { select: ['service_name'] } },
          filter: `service/any(s:s/application eq ${fleet.id})`,
        }),
      ),
      client.get(deviceVariables, ask('device_environment_variable', ofDevices)),
      client.get(deviceVariables, ask('device_config_variable', ofDevices)),
      client.get(
        deviceServiceVariables,
        ask('device_service_environment_variable', {
          select,
          expand: {
            service_install: {
              select: ['id'],
              expand: {
                device: { select: ['uuid'] },
                service: { select: ['service_name'] },
              },
            },
          },
          filter: `service_install/any(si:si/device/any(d:d/belongs_to__application eq ${fleet.id}))`,
        }),
      ),
    ],
  )
  const base = { fleetUuid: fleet.uuid, deviceUuid: null, service: null }
  const held = ({ name, value }: { name: string; value: string }) => ({ name, value })
  const byDevice = (kind: SourceVariable['kind'], rows: typeof device.d) =>
    rows.flatMap((row) => row.device.map(({ uuid }) => ({ ...base, kind, deviceUuid: uuid, ...held(row) })))
  return [
    ...environment.d.map((row) => ({ ...base, kind: 'environment' as const, ...held(row) })),
    ...configuration.d.map((row) => ({ ...base, kind: 'configuration' as const, ...held(row) })),
    ...service.d.flatMap((row) =>
      row.service.map(({ service_name: name }) => ({
        ...base,
        kind: 'environment' as const,
        service: name,
        ...held(row),
      })),
    ),
    ...byDevice('environment', device.d),
    ...byDevice('configuration', deviceConfiguration.d),
    ...deviceService.d.flatMap((row) =>
      row.service_install.flatMap((install) =>
        install.device.flatMap(({ uuid }) =>
          install.service.map(({ service_name: name }) => ({
            ...base,
            kind: 'environment' as const,
            deviceUuid: uuid,
            service: name,
            ...held(row),
          })),
        ),
      ),
    ),
  ]
}
