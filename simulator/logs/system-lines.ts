import type { Happening } from '../engine/containers.ts'

export type SystemLine = { message: string; isStdErr: boolean }

const line = (message: string): SystemLine => ({ message, isStdErr: false })
const failure = (message: string, error: string): SystemLine => ({
  message: `${message} due to '${error}'`,
  isStdErr: true,
})

/** What a supervisor writes into the device's log about it, in upstream's words; null: nothing. */
export function systemLine(happening: Happening): SystemLine | null {
  switch (happening.kind) {
    case 'download-started':
      return line(
        `${happening.mode === 'delta' ? 'Downloading delta for image' : 'Downloading image'} '${happening.image}'`,
      )
    case 'downloaded':
      return line(`Downloaded image '${happening.image}'`)
    case 'download-failed':
      return failure(`Failed to download image '${happening.image}'`, happening.error)
    case 'installing':
      return line(`Installing service '${happening.service} ${happening.image}'`)
    case 'installed':
      return line(`Installed service '${happening.service} ${happening.image}'`)
    case 'starting':
      return line(`Starting service '${happening.service} ${happening.image}'`)
    case 'started':
      return line(`Started service '${happening.service} ${happening.image}'`)
    case 'start-failed':
      return failure(`Failed to start service '${happening.service} ${happening.image}'`, happening.error)
    case 'killing':
      return line(`Killing service '${happening.service} ${happening.image}'`)
    case 'killed':
      return line(`Killed service '${happening.service} ${happening.image}'`)
    case 'exited':
      return line(`Service exited '${happening.service} ${happening.image}'`)
    case 'restarting':
      return line(`Restarting service '${happening.service} ${happening.image}'`)
    case 'image-deleted':
      return line(`Deleted image '${happening.image}'`)
    case 'locked':
      return {
        message: 'Updates are locked, retrying in 1 minute. Reason: a service holds updates.lock',
        isStdErr: true,
      }
    case 'locks-taken':
      return line('Taking update locks')
    case 'locks-released':
      return line('Releasing update locks')
    case 'applied':
      return null
  }
}
