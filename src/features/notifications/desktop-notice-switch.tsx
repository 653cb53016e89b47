import { BellRing } from 'lucide-react'
import { Button } from '@/ui/button'
import { refuseDesktopNotices, useDesktopNotices, wantDesktopNotices } from './desktop-notices.store'

/** Offers notices of the system; the browser is asked on the click, never before. */
export function DesktopNoticeSwitch() {
  const { isWanted, permission } = useDesktopNotices()
  if (permission === 'unsupported') return null
  if (permission === 'denied')
    return (
      <p className="text-ink-muted text-[13px]">
        This browser blocks desktop notifications of this site; allow them in its site settings.
      </p>
    )
  const isOn = isWanted && permission === 'granted'
  return (
    <Button
      size="sm"
      aria-pressed={isOn}
      icon={<BellRing className="size-4" aria-hidden />}
      onClick={() => (isOn ? refuseDesktopNotices() : void wantDesktopNotices())}
    >
      {isOn ? 'Desktop notifications are on' : 'Also notify on the desktop'}
    </Button>
  )
}
