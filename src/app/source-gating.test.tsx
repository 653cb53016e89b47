import type { ReactNode } from 'react'
import { describe, expect, test } from 'vitest'
import { sourceAbilities, type SourceAbility } from '#contract/source'
import { ActionHistory } from '@/features/actions/action-history'
import { useActionItems } from '@/features/actions/action-items'
import { BulkBar } from '@/features/devices/bulk-bar'
import { DeviceHeader } from '@/features/devices/device-header'
import { NoDevices } from '@/features/devices/device-list-empty'
import { DeviceVariables } from '@/features/devices/device-variables'
import { KeyPanel } from '@/features/devices/key-panel'
import { ServicesPanel } from '@/features/devices/services-panel'
import { TagsPanel } from '@/features/devices/tags-panel'
import { FleetHeader } from '@/features/fleets/fleet-header'
import { FleetSettings } from '@/features/fleets/settings/fleet-settings'
import { ReleaseList } from '@/features/releases/release-list'
import { ReleaseNotes } from '@/features/releases/release-notes'
import { ReleaseStatusActions } from '@/features/releases/release-status-actions'
import { RolloutList } from '@/features/rollouts/rollout-list'
import { expectAccessible } from '@/testing/accessibility'
import { aFleet, aVariable } from '@/testing/builders'
import { aDevice } from '@/testing/device-builders'
import { fakeGateway } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { aRelease } from '@/testing/rollout-builders'
import { whyOf } from '@/testing/source-builders'
import { Component as Fleets } from './routes/fleets.route'
import { Component as NewRelease } from './routes/release-new.route'

const never = () => undefined
const at = '2026-01-01T12:00:00.000Z'
const device = aDevice({
  hasActionChannel: true,
  actionChannelAt: at,
  tags: { site: 'Bremen' },
  services: [
    {
      name: 'main',
      image: 'registry.example/main',
      releaseCommit: null,
      status: 'Running',
      downloadPercent: null,
      restarts: 0,
      lastExitCode: null,
      targetImage: null,
      shouldRun: true,
      isStopped: false,
      updatedAt: at,
    },
  ],
})
const draft = aRelease({ status: 'draft' })

function Header() {
  const items = useActionItems(device, never)
  return <DeviceHeader device={device} actionItems={items} />
}

const answers = () =>
  fakeGateway({
    listFleets: () => ({ cursor: 1, fleets: [aFleet()] }),
    listDeviceTypes: () => ({ deviceTypes: [] }),
    listFleetVariables: () => ({ variables: [aVariable({ name: 'OF_FLEET' })] }),
    listDeviceVariables: () => ({ variables: [aVariable({ name: 'OF_DEVICE', scope: 'device' })] }),
    listProvisioningKeys: () => ({ keys: [] }),
    listReleases: () => ({
      cursor: 1,
      rows: [],
      total: 0,
      next: null,
      statusCounts: { draft: 0, final: 0, failed: 0 },
    }),
    listRollouts: () => ({
      cursor: 1,
      rows: [],
      total: 0,
      next: null,
      stateCounts: {
        running: 0,
        paused: 0,
        completed: 0,
        aborted: 0,
        'rolling-back': 0,
        'rolled-back': 0,
      },
    }),
    listActions: () => ({
      actions: [
        {
          id: 1,
          commandId: 'c',
          deviceUuid: device.uuid,
          kind: 'reboot',
          way: 'socket',
          serviceName: null,
          isForced: false,
          state: 'failed',
          message: null,
          reason: '',
          createdAt: at,
          createdBy: 'Ada',
          expiresAt: at,
          deliveredAt: at,
          answerBy: null,
          finishedAt: at,
          overriddenUntil: null,
          batchId: null,
        },
      ],
      next: null,
    }),
  })

type Shown = {
  part: string
  node: ReactNode
  /** Buttons and links that the source must be able to serve. */
  controls: string[]
  /** What stays, so that the part is known to be drawn. */
  stays: string
  why: SourceAbility | null
}

const parts: Shown[] = [
  { part: 'fleets', node: <Fleets />, controls: ['New fleet'], stays: 'Greenhouse sensors', why: null },
  {
    part: 'the header of a fleet',
    node: <FleetHeader fleet={aFleet()} page="Overview" />,
    controls: ['New release', 'New rollout'],
    stays: 'Greenhouse sensors',
    why: null,
  },
  {
    part: 'the settings of a fleet',
    node: <FleetSettings fleet={aFleet({ devices: { ...aFleet().devices, total: 0 } })} />,
    controls: [
      'Rename',
      'Change policy…',
      'New key',
      'Add variable',
      'Change OF_FLEET',
      'Delete OF_FLEET',
      'Delete fleet…',
    ],
    stays: 'OF_FLEET',
    why: 'register-devices',
  },
  {
    part: 'a list without devices',
    node: <NoDevices fleetId={1} />,
    controls: ['To the fleet’s settings'],
    stays: 'No devices yet',
    why: 'register-devices',
  },
  {
    part: 'tags',
    node: <TagsPanel device={device} />,
    controls: ['Add tag', 'Change the tag site', 'Remove the tag site'],
    stays: 'Tags',
    why: 'edit-tags',
  },
  {
    part: 'variables of a device',
    node: <DeviceVariables device={device} />,
    controls: ['Add variable', 'Change OF_DEVICE', 'Delete OF_DEVICE'],
    stays: 'OF_DEVICE',
    why: 'edit-variables',
  },
  {
    part: 'the key of a device',
    node: <KeyPanel device={device} onRotate={never} refusal={null} />,
    controls: ['Rotate key…', 'Revoke key…'],
    stays: 'Device key',
    why: 'device-keys',
  },
  {
    part: 'the history of actions',
    node: <ActionHistory uuid={device.uuid} version={1} onRetry={never} />,
    controls: ['Ask again'],
    stays: 'Reboot',
    why: null,
  },
  {
    part: 'the state of a release',
    node: (
      <>
        <h1>A release</h1>
        <ReleaseStatusActions release={draft} followers={null} />
      </>
    ),
    controls: ['Finalise', 'Mark failed'],
    stays: 'A release',
    why: null,
  },
  {
    part: 'notes on a release',
    node: <ReleaseNotes release={{ ...draft, notes: 'Quieter' }} />,
    controls: ['Edit'],
    stays: 'Quieter',
    why: null,
  },
  {
    part: 'releases',
    node: <ReleaseList />,
    controls: ['New release'],
    stays: 'No releases yet',
    why: 'create-releases',
  },
  { part: 'rollouts', node: <RolloutList />, controls: ['New rollout'], stays: 'No rollouts yet', why: null },
]

const named = (names: readonly string[]) =>
  [...document.querySelectorAll<HTMLElement>('button, a')]
    .map((element) => element.getAttribute('aria-label') ?? element.textContent.trim())
    .filter((name) => names.includes(name))

describe('what the source of the fleets cannot do is not offered', () => {
  test.each(parts)('$part', async ({ node, controls, stays, why }) => {
    answers()
    const able = await renderPage(node)
    await expect.poll(() => [...new Set(named(controls))].sort()).toEqual([...controls].sort())
    await able.unmount()
    const unable = await renderPage(node, { missing: sourceAbilities })
    await expect.element(unable.getByText(stays).first()).toBeVisible()
    // Whoever is offered nothing is told why, where the whole part cannot be used.
    if (why !== null) await expect.element(unable.getByText(whyOf(why)).first()).toBeVisible()
    expect(named(controls)).toEqual([])
    await expectAccessible()
  })

  const menus = [
    {
      part: 'a device',
      node: <Header />,
      open: 'Actions',
      reasons: {
        'Pin to a release…': 'target-releases',
        'Delete device…': 'edit-devices',
        'Reboot…': 'device-actions',
        'Collect diagnostics': 'device-actions',
      },
    },
    {
      part: 'a service',
      node: <ServicesPanel device={device} ask={never} refusalOf={() => null} />,
      open: 'Actions on main',
      reasons: { 'Restart…': 'device-actions', 'Stop…': 'device-actions' },
    },
    {
      part: 'many devices',
      node: (
        <BulkBar
          selection={{ kind: 'uuids', uuids: [device.uuid] }}
          count={1}
          total={1}
          fleetId={undefined}
        />
      ),
      open: 'Actions',
      reasons: {
        'Pin to a release…': 'target-releases',
        'Move to another fleet…': 'edit-devices',
        'Set a tag…': 'edit-tags',
        'Reboot…': 'device-actions',
      },
    },
  ] as const

  test.each(menus)('the menu of $part says at each entry why not', async ({ node, open, reasons }) => {
    answers()
    const able = await renderPage(node)
    await able.getByRole('button', { name: open, exact: true }).click()
    for (const label of Object.keys(reasons))
      await expect.element(able.getByRole('menuitem', { name: label })).toBeEnabled()
    await able.unmount()
    const unable = await renderPage(node, { missing: sourceAbilities })
    await unable.getByRole('button', { name: open, exact: true }).click()
    for (const [label, ability] of Object.entries(reasons)) {
      const item = unable.getByRole('menuitem', { name: label })
      await expect.element(item).toHaveTextContent(whyOf(ability))
      await expect.element(item).toHaveAttribute('data-disabled')
    }
    for (const item of unable.getByRole('menuitem').elements())
      expect(item.hasAttribute('data-disabled'), item.textContent).toBe(true)
    await expectAccessible()
  })

  test('a device is not renamed', async () => {
    answers()
    const screen = await renderPage(<Header />, { missing: ['edit-devices'] })
    await expect.element(screen.getByRole('heading', { name: device.name })).toBeVisible()
    expect(screen.getByRole('button', { name: 'Rename the device' }).query()).toBeNull()
  })

  test('whoever follows a link to a new release reads where releases are made', async () => {
    answers()
    const screen = await renderPage(<NewRelease />, { missing: ['create-releases'] })
    await expect.element(screen.getByText(whyOf('create-releases'))).toBeVisible()
    expect(screen.getByRole('combobox').query()).toBeNull()
  })

  test('keys can be revoked where devices cannot be asked for another one', async () => {
    answers()
    const screen = await renderPage(<KeyPanel device={device} onRotate={never} refusal={null} />, {
      missing: ['device-actions'],
    })
    await expect.element(screen.getByRole('button', { name: 'Rotate key…' })).toBeDisabled()
    await expect.element(screen.getByText(whyOf('device-actions'))).toBeVisible()
    await expect.element(screen.getByRole('button', { name: 'Revoke key…' })).toBeEnabled()
  })
})
