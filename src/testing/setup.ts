// Component tests look at what a user sees, so the app's real style sheets are loaded into the test page.
import.meta.glob('/src/**/*.css', { eager: true })
