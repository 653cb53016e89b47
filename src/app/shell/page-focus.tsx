import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'react-router'
import { readPageTitle } from '@/lib/page-title'

const MAIN_ID = 'main'

/** Puts the focus at the start of the page's content. */
export function focusMain(): void {
  document.getElementById(MAIN_ID)?.focus({ preventScroll: true })
}

/**
 * After a change of page, keyboard and screen reader start at the new content, unless what had the focus is still part
 * of it (a tab, a filter). The new title is read out.
 */
export function PageFocus() {
  const { pathname } = useLocation()
  const before = useRef(pathname)
  const [title, setTitle] = useState('')
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    const isInMain = document.getElementById(MAIN_ID)?.contains(document.activeElement) ?? false
    if (!isInMain) focusMain()
  }, [pathname])
  useEffect(() => {
    const element = document.querySelector('title')
    if (!element) return
    // A count before the title is no change of page, and is told by itself.
    const observer = new MutationObserver(() => setTitle(readPageTitle()))
    observer.observe(element, { childList: true, characterData: true, subtree: true })
    return () => observer.disconnect()
  }, [])
  return (
    <p className="sr-only" aria-live="polite">
      {title}
    </p>
  )
}
