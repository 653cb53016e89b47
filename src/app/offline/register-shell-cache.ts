/**
 * Lets the service worker keep the files of the app, so that it starts without the gateway. Browsers have service workers
 * over TLS and on the own machine alone; elsewhere, and from source, the app needs the gateway to start.
 */
export function registerShellCache(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  // Without it nothing is lost but the start without a gateway.
  navigator.serviceWorker.register('/sw.js').catch(() => undefined)
}
