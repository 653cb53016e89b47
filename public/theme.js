// Runs before the first paint, outside the bundle because the CSP allows no inline script.
;(() => {
  let choice = 'system'
  try {
    choice = localStorage.getItem('wheelhouse.theme') ?? 'system'
  } catch {
    // Storage may be forbidden; the system's choice is a fine answer then.
  }
  const isDark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', isDark)
})()
