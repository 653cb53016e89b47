import type { WatchKind } from '#contract/device-watch'

export const watchWords: Record<WatchKind, { label: string; hint: string }> = {
  returns: { label: 'It returns', hint: 'It is online again after it could not be heard.' },
  fails: { label: 'It fails', hint: 'It goes offline, becomes critical, or an update of it fails.' },
  changes: { label: 'Anything changes', hint: 'Any step of its connectivity or health.' },
}
