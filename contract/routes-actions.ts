import { z } from 'zod'
import { action, actionBatch, actionKind, actionRequest, actionState, batchAction } from './device-action.ts'
import { commaList, cursor, deviceUuid, id, pageQuery } from './query.ts'
import { defineRoutes, ofAction, ofActionBatch, ofDevice } from './route.ts'

const params = z.object({ uuid: deviceUuid })
const batchParams = z.object({ batchId: id })

/** The permission is that of the mildest kinds; others need more (`actionRoles`). */
export const actionRoutes = defineRoutes({
  createAction: {
    method: 'POST',
    path: '/api/v1/devices/:uuid/actions',
    tag: 'Actions',
    summary: 'Ask the device to do something once',
    permission: 'support',
    scope: ofDevice,
    needs: 'device-actions',
    params,
    body: actionRequest.extend({ kind: actionKind }),
    status: 202,
    response: action,
  },
  listActions: {
    method: 'GET',
    path: '/api/v1/devices/:uuid/actions',
    tag: 'Actions',
    summary: 'Actions asked of the device and what became of them, newest first',
    permission: 'viewer',
    scope: ofDevice,
    params,
    query: pageQuery,
    response: z.object({ actions: z.array(action), next: z.string().nullable() }),
  },
  cancelAction: {
    method: 'POST',
    path: '/api/v1/actions/:actionId/cancel',
    tag: 'Actions',
    summary: 'Call off an action that waits, or lift an override of update locks',
    permission: 'support',
    scope: ofAction,
    params: z.object({ actionId: id }),
    response: action,
  },
  listActionBatches: {
    method: 'GET',
    path: '/api/v1/action-batches',
    tag: 'Actions',
    summary: 'Actions asked of many devices, newest first',
    permission: 'viewer',
    scope: 'fleets',
    query: pageQuery,
    response: z.object({ cursor, rows: z.array(actionBatch), next: z.string().nullable() }),
  },
  getActionBatch: {
    method: 'GET',
    path: '/api/v1/action-batches/:batchId',
    tag: 'Actions',
    summary: 'How far an action asked of many devices is',
    permission: 'viewer',
    scope: ofActionBatch,
    params: batchParams,
    response: z.object({ cursor, batch: actionBatch }),
  },
  listBatchActions: {
    method: 'GET',
    path: '/api/v1/action-batches/:batchId/actions',
    tag: 'Actions',
    summary: 'Its devices, by state or name',
    permission: 'viewer',
    scope: ofActionBatch,
    params: batchParams,
    query: pageQuery.extend({ state: commaList(actionState), q: z.string().max(200).default('') }),
    response: z.object({ rows: z.array(batchAction), next: z.string().nullable() }),
  },
  cancelActionBatch: {
    method: 'POST',
    path: '/api/v1/action-batches/:batchId/cancel',
    tag: 'Actions',
    summary: 'Call off what still waits',
    permission: 'support',
    scope: ofActionBatch,
    params: batchParams,
    response: z.object({ cancelled: z.int().nonnegative() }),
  },
  retryActionBatch: {
    method: 'POST',
    path: '/api/v1/action-batches/:batchId/retry',
    tag: 'Actions',
    summary: 'Ask again where it failed, expired or was cancelled; answers the new one',
    permission: 'support',
    scope: ofActionBatch,
    needs: 'device-actions',
    params: batchParams,
    status: 202,
    response: actionBatch,
  },
})
