import { useMutation } from '@tanstack/react-query'
import { fetchFile } from '@/lib/api-file'
import { saveFile } from '@/lib/save-file'

/** Lets the gateway put an archive of a device together, and saves it; answers how large it is, in bytes. */
export const useDownloadDiagnostics = (uuid: string) =>
  useMutation({
    mutationFn: async () => {
      const file = await fetchFile('downloadDiagnostics', { params: { uuid }, body: {} })
      saveFile(file.content, file.name ?? `diagnostics-${uuid.slice(0, 7)}.zip`)
      return file.content.size
    },
  })
