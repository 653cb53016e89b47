import { z } from 'zod'
import { deviceNote, editNoteBody, noteBody } from './device-note.ts'
import { deviceWatch, watchKind } from './device-watch.ts'
import { deviceUuid, id } from './query.ts'
import { defineRoutes, ofDevice } from './route.ts'

const params = z.object({ uuid: deviceUuid })
const noteParams = params.extend({ noteId: id })
const watchParams = params.extend({ kind: watchKind })

/** Notes on devices, and who wants to be told of them. */
export const careRoutes = defineRoutes({
  listDeviceNotes: {
    method: 'GET',
    path: '/api/v1/devices/:uuid/notes',
    tag: 'Devices',
    summary: 'Notes on the device, newest first, at most 200',
    permission: 'viewer',
    scope: ofDevice,
    params,
    response: z.object({ notes: z.array(deviceNote) }),
  },
  createDeviceNote: {
    method: 'POST',
    path: '/api/v1/devices/:uuid/notes',
    tag: 'Devices',
    summary: 'Write a note on the device, in Markdown',
    permission: 'support',
    scope: ofDevice,
    params,
    body: noteBody,
    status: 201,
    response: deviceNote,
  },
  editDeviceNote: {
    method: 'PATCH',
    path: '/api/v1/devices/:uuid/notes/:noteId',
    tag: 'Devices',
    summary: 'Change a note of one’s own, or as an administrator any; 409 when somebody changed it meanwhile',
    permission: 'support',
    scope: ofDevice,
    params: noteParams,
    body: editNoteBody,
    response: deviceNote,
  },
  deleteDeviceNote: {
    method: 'DELETE',
    path: '/api/v1/devices/:uuid/notes/:noteId',
    tag: 'Devices',
    summary: 'Delete a note of one’s own, or as an administrator any',
    permission: 'support',
    scope: ofDevice,
    params: noteParams,
    status: 204,
  },
  listWatches: {
    method: 'GET',
    path: '/api/v1/watches',
    tag: 'Notifications',
    summary: 'The devices that the signed-in person watches',
    permission: 'signed-in',
    response: z.object({ watches: z.array(deviceWatch) }),
  },
  watchDevice: {
    method: 'PUT',
    path: '/api/v1/devices/:uuid/watches/:kind',
    tag: 'Notifications',
    summary: 'Tell the signed-in person once, or each time, that the device returns, fails or changes',
    permission: 'viewer',
    scope: ofDevice,
    params: watchParams,
    body: z.object({ isLasting: z.boolean() }),
    response: deviceWatch,
  },
  endWatch: {
    method: 'DELETE',
    path: '/api/v1/devices/:uuid/watches/:kind',
    tag: 'Notifications',
    summary: 'Stop watching',
    permission: 'viewer',
    scope: ofDevice,
    params: watchParams,
    status: 204,
  },
})
