import { Monitor, Moon, Sun } from 'lucide-react'
import { cn } from '@/lib/cn'
import { Panel } from '@/ui/panel'
import { setTheme, useTheme, type Theme } from '../theme.store'

const choices: { theme: Theme; label: string; icon: typeof Sun }[] = [
  { theme: 'light', label: 'Light', icon: Sun },
  { theme: 'dark', label: 'Dark', icon: Moon },
  { theme: 'system', label: 'As the system', icon: Monitor },
]

export function ThemePanel() {
  const chosen = useTheme((state) => state.theme)
  return (
    <Panel title="Theme" hint="Remembered in this browser.">
      <fieldset className="flex flex-wrap gap-2">
        <legend className="sr-only">Theme</legend>
        {choices.map(({ theme, label, icon: Icon }) => (
          <label
            key={theme}
            className={cn(
              'has-focus-visible:outline-accent flex h-9 cursor-pointer items-center gap-2 rounded-md border px-3 font-medium has-focus-visible:outline-2 has-focus-visible:outline-offset-2',
              chosen === theme
                ? 'border-accent bg-accent-soft text-accent-ink'
                : 'border-line bg-panel hover:bg-sunken',
            )}
          >
            <input
              type="radio"
              name="theme"
              className="sr-only"
              checked={chosen === theme}
              onChange={() => setTheme(theme)}
            />
            <Icon className="size-4" aria-hidden />
            {label}
          </label>
        ))}
      </fieldset>
    </Panel>
  )
}
