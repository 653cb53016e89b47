import type { RouteName } from '#contract/routes'
import type { callApi } from './api'

/** What a call of a route may be given besides its name. */
type Given<N extends RouteName> = Parameters<typeof callApi<N>>[1]
/** `true` where a call may be given just this; anything else does not compile. */
type Accepts<N extends RouteName, Input> = [Input] extends [Given<N>] ? true : false

export const plain: Accepts<'listFleets', undefined> = true
export const lists: Accepts<'listDevices', { query: { q: string; health: ['critical']; limit: number } }> =
  true
export const withParams: Accepts<'getDevice', { params: { uuid: string } }> = true
/** A list holds only words of the contract. */
export const wrongWord: Accepts<'listDevices', { query: { health: ['sad'] } }> = false
/** Params are required by this route. */
export const missing: Accepts<'getDevice', undefined> = false
/** This route has no params. */
export const tooMany: Accepts<'listFleets', { params: { fleetId: number } }> = false
/** The range of metrics is required. */
export const noRange: Accepts<'getDeviceMetrics', { params: { uuid: string }; query: object }> = false
