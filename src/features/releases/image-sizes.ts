import { z } from 'zod'
import { imageInfo, type ImageInfo } from '#contract/release'

export type ImageSizes = { images: Record<string, ImageInfo>; error: null } | { images: null; error: string }

/** Reads the optional sizes of images: JSON by service name. Says in one sentence what is wrong with it. */
export function parseImageSizes(text: string): ImageSizes {
  if (text.trim() === '') return { images: {}, error: null }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return {
      images: null,
      error: `Not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}`,
    }
  }
  const parsed = z.record(z.string(), imageInfo).safeParse(value)
  if (parsed.success) return { images: parsed.data, error: null }
  const issue = parsed.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
  return { images: null, error: `${where}${issue?.message ?? 'is not as expected'}` }
}
