import { createBrowserRouter, redirect } from 'react-router'
import { lazyPages } from './lazy-pages'
import { NotFound, RouteError } from './routes/error.route'
import { Component as Fleets } from './routes/fleets.route'
import { SignedIn } from './signed-in'

/** Every address of the app. Each page is a chunk of its own but the first that is seen: it comes with the frame. */
export const router = createBrowserRouter([
  {
    errorElement: <RouteError />,
    // The first chunk is on its way; the document's own background is all there is to show yet.
    hydrateFallbackElement: <></>,
    children: [
      { path: '/sign-in', lazy: () => import('./routes/sign-in.route') },
      { path: '/setup', lazy: () => import('./routes/setup.route') },
      { path: '/second-step', lazy: () => import('./routes/second-step.route') },
      { path: '/link', lazy: () => import('./routes/link.route') },
      {
        element: <SignedIn />,
        children: [
          {
            errorElement: <RouteError />,
            children: [
              { index: true, loader: () => redirect('/fleets') },
              { path: '/fleets', element: <Fleets /> },
              { path: '/devices', lazy: lazyPages['/devices'] },
              { path: '/devices/:uuid/:tab?', lazy: () => import('./routes/device.route') },
              { path: '/actions', lazy: lazyPages['/actions'] },
              { path: '/actions/:batchId', lazy: () => import('./routes/action-batch.route') },
              { path: '/releases', lazy: lazyPages['/releases'] },
              { path: '/releases/new', lazy: () => import('./routes/release-new.route') },
              { path: '/releases/compare', lazy: () => import('./routes/release-compare.route') },
              { path: '/releases/:releaseId', lazy: () => import('./routes/release.route') },
              { path: '/rollouts/new', lazy: () => import('./routes/rollout-new.route') },
              {
                path: '/rollouts/:rolloutId/report',
                lazy: () => import('./routes/rollout-report.route'),
              },
              { path: '/rollouts/:rolloutId', lazy: () => import('./routes/rollout.route') },
              { path: '/rollouts', lazy: lazyPages['/rollouts'] },
              { path: '/fleets/:fleetId/:tab?', lazy: () => import('./routes/fleet.route') },
              { path: '/notifications', lazy: () => import('./routes/notifications.route') },
              { path: '/audit', lazy: lazyPages['/audit'] },
              { path: '/settings/webhooks/:webhookId', lazy: () => import('./routes/webhook.route') },
              { path: '/settings/:tab?', lazy: () => import('./routes/settings.route') },
              { path: '/logs', lazy: lazyPages['/logs'] },
              { path: '*', element: <NotFound /> },
            ],
          },
        ],
      },
    ],
  },
])
