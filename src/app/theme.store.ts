import { create } from 'zustand'

export type Theme = 'light' | 'dark' | 'system'
const STORAGE_KEY = 'wheelhouse.theme'
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

function stored(): Theme {
  try {
    const value = localStorage.getItem(STORAGE_KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
    return 'system'
  }
}

export const useTheme = create<{ theme: Theme; isDark: boolean }>()(() => {
  const theme = stored()
  return { theme, isDark: theme === 'dark' || (theme === 'system' && prefersDark.matches) }
})

function apply(theme: Theme): void {
  const isDark = theme === 'dark' || (theme === 'system' && prefersDark.matches)
  document.documentElement.classList.toggle('dark', isDark)
  useTheme.setState({ theme, isDark })
}

/** Chooses a theme and remembers it in this browser. */
export function setTheme(theme: Theme): void {
  try {
    localStorage.setItem(STORAGE_KEY, theme)
  } catch {
    // See above.
  }
  apply(theme)
}

prefersDark.addEventListener('change', () => apply(useTheme.getState().theme))
