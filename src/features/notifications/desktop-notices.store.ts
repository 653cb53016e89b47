import { create } from 'zustand'
import { persist } from 'zustand/middleware'

type Permission = 'default' | 'granted' | 'denied' | 'unsupported'
type State = { isWanted: boolean; permission: Permission }

/** What another version or a hand has put there instead counts as nothing. */
const wasWanted = (stored: unknown): boolean =>
  typeof stored === 'object' && stored !== null && 'isWanted' in stored && stored.isWanted === true

// Over plain HTTP browsers have no notifications at all.
const permissionNow = (): Permission =>
  'Notification' in window && window.isSecureContext ? Notification.permission : 'unsupported'

/** Whether this browser shows notices of the system while the page is out of sight. Remembered in this browser. */
export const useDesktopNotices = create<State>()(
  persist((): State => ({ isWanted: false, permission: permissionNow() }), {
    name: 'wheelhouse-desktop-notices',
    partialize: ({ isWanted }) => ({ isWanted }),
    merge: (persisted, current) => ({ ...current, isWanted: wasWanted(persisted) }),
  }),
)

/** Asks the browser for its permission where that is needed; call it in answer to a click only. */
export async function wantDesktopNotices(): Promise<void> {
  const permission = permissionNow() === 'default' ? await Notification.requestPermission() : permissionNow()
  useDesktopNotices.setState({ permission, isWanted: permission === 'granted' })
}

export function refuseDesktopNotices(): void {
  useDesktopNotices.setState({ isWanted: false })
}

/** Shows a notice of the system, once however many tabs are open; a click brings this tab to the front. */
export function showDesktopNotice(notice: { tag: string; title: string; text: string; onOpen: () => void }) {
  const { isWanted, permission } = useDesktopNotices.getState()
  if (!isWanted || permission !== 'granted') return
  try {
    const shown = new Notification(notice.title, { body: notice.text, tag: notice.tag })
    shown.onclick = () => {
      window.focus()
      shown.close()
      notice.onOpen()
    }
  } catch {
    // Some phones allow them to service workers only.
    useDesktopNotices.setState({ permission: 'unsupported', isWanted: false })
  }
}
