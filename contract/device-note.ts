import { z } from 'zod'
import { id, instant } from './query.ts'

export const MAX_NOTE_LENGTH = 20_000
const body = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(MAX_NOTE_LENGTH, `must have at most ${MAX_NOTE_LENGTH} characters`)

/** What somebody noted of a device, in Markdown. */
export const deviceNote = z.object({
  id,
  author: z.string(),
  /** Whoever asks wrote it. */
  isOwn: z.boolean(),
  body: z.string(),
  createdAt: instant,
  editedAt: instant.nullable(),
  editedBy: z.string().nullable(),
  revision: z.int(),
})
export type DeviceNote = z.infer<typeof deviceNote>

export const noteBody = z.object({ body })
/** `revision`: of the note that was edited; 409 when it is not the newest. */
export const editNoteBody = z.object({ body, revision: z.int().positive() })
