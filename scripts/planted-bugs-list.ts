/** A bug to plant in a file of the rollout engine, and part of the name of the property test that must see it. */
export type PlantedBug = {
  bug: string
  guardedBy: string
  edits: { file: string; find: string; replace: string }[]
}

export const plantedBugs: PlantedBug[] = [
  {
    bug: 'one device more at once than the plan allows',
    guardedBy: 'never more than the rate',
    edits: [
      {
        file: 'step.engine.ts',
        find: 'plan.maxUpdating - updatingCount(phases)',
        replace: 'plan.maxUpdating + 1 - updatingCount(phases)',
      },
    ],
  },
  {
    bug: 'the starts of a minute are forgotten by every step',
    guardedBy: 'never more than the rate',
    edits: [
      {
        file: 'step.engine.ts',
        find: 'return aheadMs >= 0 && aheadMs <= CLOCK_DIFFERENCE_MS ? starts : { minuteMs, count: 0 }',
        replace: 'return { minuteMs, count: aheadMs * 0 }',
      },
    ],
  },
  {
    bug: 'devices of phases that are not open are offered the release',
    guardedBy: 'no offer in a phase before',
    edits: [
      {
        file: 'step.engine.ts',
        find: ' || !isDue || !opened.has(member.phaseIndex)',
        replace: ' || !isDue',
      },
    ],
  },
  {
    bug: 'a phase opens without the approval it needs',
    guardedBy: 'no offer in a phase before',
    edits: [
      {
        file: 'phases.engine.ts',
        find: 'if (needsApproval && !next.isApproved) {',
        replace: 'if (needsApproval && next.index < 0) {',
      },
    ],
  },
  {
    bug: 'the next phase opens before the gate has passed',
    guardedBy: 'no offer in a phase before',
    edits: [
      { file: 'phases.engine.ts', find: "    phase.state = 'passed'\n", replace: '' },
      {
        file: 'phases.engine.ts',
        find: 'if (!isEmpty && !phase.isSkipped && !hasSucceeded && !isAccepted)',
        replace: 'if (openNext(step) && step.nowMs < 0)',
      },
    ],
  },
  {
    bug: 'a device that has ended is judged again',
    guardedBy: 'a terminal state is never left',
    edits: [
      { file: 'member.engine.ts', find: 'if (isTerminal(member.record.state)) return null', replace: '' },
    ],
  },
  {
    bug: 'a device is counted anew without being taken out first',
    guardedBy: 'tallies that are kept',
    edits: [
      { file: 'situation.engine.ts', find: 'count(tally, member.deviceType, before, -1)', replace: '' },
    ],
  },
  {
    bug: 'a device that joins is not counted',
    guardedBy: 'tallies that are kept',
    edits: [{ file: 'newcomers.engine.ts', find: 'count(tally, deviceType, marks, 1)', replace: '' }],
  },
  {
    bug: 'a device that joins is put into the first phase',
    guardedBy: 'a member keeps its phase, and newcomers are in the last',
    edits: [
      {
        file: 'newcomers.engine.ts',
        find: 'const phaseIndex = plan.phases.length - 1',
        replace: 'const phaseIndex = plan.phases.length * 0',
      },
    ],
  },
  {
    bug: 'soaking begins anew with every step',
    guardedBy: 'every device ends in exactly one terminal state',
    edits: [
      {
        file: 'member.engine.ts',
        find: 'const doneAtMs = sinceMs + soakSeconds * 1000',
        replace: 'const doneAtMs = nowMs + 1 + soakSeconds * 1000',
      },
    ],
  },
  {
    bug: 'a device is called rolled back before it is',
    guardedBy: 'rolling back gives every touched device',
    edits: [
      {
        file: 'member.engine.ts',
        find: "if (seen.isBack) return end(member, 'rolled-back', reason)",
        replace: "return end(member, 'rolled-back', reason)",
      },
    ],
  },
  {
    bug: 'devices that had succeeded are left out of the way back',
    guardedBy: 'rolling back gives every touched device',
    edits: [
      {
        file: 'verbs.engine.ts',
        find: "member.offeredAtMs === null || member.record.state === 'skipped'",
        replace:
          "member.offeredAtMs === null || member.record.state === 'skipped' || member.record.state === 'succeeded'",
      },
    ],
  },
  {
    bug: 'a paused rollout goes on offering',
    guardedBy: 'pause means no new offers',
    edits: [
      {
        file: 'step.engine.ts',
        find: "if (state !== 'running' || !phases.some(isOpened)) return 0",
        replace: 'if (!phases.some(isOpened)) return 0',
      },
      {
        file: 'step.engine.ts',
        find: "  if (step.state === 'running') {\n    const seen",
        replace: "  if (step.state === 'running' || step.state === 'paused') {\n    const seen",
      },
    ],
  },
  {
    bug: 'what was offered is remembered outside the store, so a lost step is not made good',
    guardedBy: 'a step that was lost before it was stored',
    edits: [
      {
        file: 'step.engine.ts',
        find: '/** Offers the release to waiting devices',
        replace: 'const offered = new Map<number, number>()\n/** Offers the release to waiting devices',
      },
      {
        file: 'step.engine.ts',
        find: '    capacity--\n',
        replace:
          '    if (step.nowMs - (offered.get(member.deviceId) ?? 0) < 30_000) continue\n    offered.set(member.deviceId, step.nowMs)\n    capacity--\n',
      },
    ],
  },
]
