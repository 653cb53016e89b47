import { useEffect, useEffectEvent, useRef } from 'react'
import { matchPath, useLocation, useNavigate } from 'react-router'
import type { Notification } from '#contract/notification'
import { formatNoun } from '@/lib/format'
import { setTitleCount } from '@/lib/page-title'
import { usePageVisible } from '@/lib/use-page-visible'
import { useLiveQuery } from '@/live/use-live-query'
import { toast } from '@/ui/toast.store'
import { showDesktopNotice } from './desktop-notices.store'
import { notificationWords, pathOf, sentenceOf, subjectOf } from './notification-words'
import { useMarkSeen } from './notifications.mutations'
import { notificationQueries } from './notifications.queries'

/** More at once, as after an hour without network, are told in one sentence. */
const MAX_TOLD_SINGLY = 3

/** Keeps the inbox fresh while the app is open: tells what comes, counts in the title, reads what is looked at. */
export function NotificationWatch() {
  const { data } = useLiveQuery(notificationQueries.inbox())
  const rows = data?.rows
  useTell(rows)
  useSeenOnPage(rows)
  const unseen = data?.unseen ?? 0
  useEffect(() => {
    setTitleCount(unseen)
    return () => setTitleCount(0)
  }, [unseen])
  return null
}

/** Tells what was not there at the look before, unless it is seen already: one's own doing, or on another device. */
function useTell(rows: readonly Notification[] | undefined): void {
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const known = useRef<Set<number> | null>(null)
  const tell = useEffectEvent((fresh: readonly Notification[]) => {
    if (document.visibilityState === 'hidden')
      for (const one of fresh.slice(0, MAX_TOLD_SINGLY))
        showDesktopNotice({
          tag: `wheelhouse-${one.id}`,
          title: `${notificationWords[one.event].label}: ${subjectOf(one)}`,
          text: sentenceOf(one),
          onOpen: () => void navigate(pathOf(one)),
        })
    if (fresh.length > MAX_TOLD_SINGLY) {
      toast('attention', `${formatNoun(fresh.length, 'new notification')}.`, {
        to: '/notifications',
        label: 'Show them',
      })
      return
    }
    for (const one of [...fresh].reverse()) {
      const to = pathOf(one)
      const link = pathname === to ? undefined : { to, label: `Open ${subjectOf(one)}` }
      toast(notificationWords[one.event].tone, sentenceOf(one), link)
    }
  })
  useEffect(() => {
    if (rows === undefined) return
    const before = known.current
    known.current = new Set([...(before ?? []), ...rows.map((row) => row.id)])
    if (before === null) return
    const fresh = rows.filter((row) => !row.isSeen && !before.has(row.id))
    if (fresh.length > 0) tell(fresh)
  }, [rows])
}

/** Who looks at the page of a rollout or device has seen what was told of it. */
function useSeenOnPage(rows: readonly Notification[] | undefined): void {
  const { pathname } = useLocation()
  const isVisible = usePageVisible()
  const { mutate } = useMarkSeen()
  const unseen = (rows ?? [])
    .filter((row) => !row.isSeen && matchPath(`${pathOf(row)}/*`, pathname) !== null)
    .map((row) => row.id)
    .join()
  const rolloutId = Number(matchPath('/rollouts/:rolloutId/*', pathname)?.params.rolloutId)
  const deviceUuid = matchPath('/devices/:uuid/*', pathname)?.params.uuid
  // The ids are in the key so that a failed try is made again only when something new comes.
  useEffect(() => {
    if (unseen === '' || !isVisible) return
    if (deviceUuid !== undefined) mutate({ deviceUuid })
    else mutate({ rolloutId })
  }, [unseen, isVisible, rolloutId, deviceUuid, mutate])
}
