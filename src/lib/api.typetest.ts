import { callApi } from './api'

export const plain = async () => (await callApi('listFleets')).fleets satisfies unknown[]
export const lists = () => callApi('listDevices', { query: { q: 'door', health: ['critical'], limit: 5 } })
export const withParams = () => callApi('getDevice', { params: { uuid: 'a' } })
// @ts-expect-error a list holds only words of the contract
export const wrongWord = () => callApi('listDevices', { query: { health: ['sad'] } })
// @ts-expect-error params are required by this route
export const missing = () => callApi('getDevice')
// @ts-expect-error this route has no params
export const tooMany = () => callApi('listFleets', { params: { fleetId: 1 } })
// @ts-expect-error the range of metrics is required
export const noRange = () => callApi('getDeviceMetrics', { params: { uuid: 'a' }, query: {} })
