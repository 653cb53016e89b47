import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

const noteKeys = { device: (uuid: string) => ['notes', uuid] as const }

/** `version` changes with every note written, edited or deleted: then they are read again. */
export const notesQuery = (uuid: string, version: string | null) =>
  queryOptions({
    queryKey: [...noteKeys.device(uuid), version],
    queryFn: ({ signal }) => callApi('listDeviceNotes', { params: { uuid }, signal }),
    placeholderData: (before) => before,
  })

function useNoteWrite<V, R>(uuid: string, write: (value: V) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: write,
    // Also after a refusal: somebody may have changed or deleted it.
    onSettled: () => client.invalidateQueries({ queryKey: noteKeys.device(uuid) }),
  })
}

export const useCreateNote = (uuid: string) =>
  useNoteWrite(uuid, (body: string) => callApi('createDeviceNote', { params: { uuid }, body: { body } }))

export const useEditNote = (uuid: string, noteId: number) =>
  useNoteWrite(uuid, (edit: { body: string; revision: number }) =>
    callApi('editDeviceNote', { params: { uuid, noteId }, body: edit }),
  )

export const useDeleteNote = (uuid: string, noteId: number) =>
  useNoteWrite(uuid, () => callApi('deleteDeviceNote', { params: { uuid, noteId } }))
