import type { HealthShare, HealthSpread } from '#contract/health'
import { formatCount, formatNoun } from '@/lib/format'

/** As many times as often on one side as on the other before it says something. */
const MUCH_MORE = 3
const FEWEST = 3

const share = ({ count, of }: HealthShare) => (of === 0 ? 0 : count / of)

function isTelling(same: HealthShare, others: HealthShare): boolean {
  return same.count >= FEWEST && others.of > 0 && share(same) >= MUCH_MORE * share(others)
}

/** `3 of 40 devices`. */
export const shareText = ({ count, of }: HealthShare): string =>
  `${formatCount(count)} of ${formatNoun(of, 'device')}`

/**
 * Is it this device or all of them? One sentence, from the figures alone. `isAboutChange`: a release can bring the reason
 * about, so that the only device on its release cannot tell whether it is the release or itself.
 */
export function spreadVerdict(spread: HealthSpread, isAboutChange: boolean): string {
  const { fleet, release, deviceType } = spread
  if (fleet.of <= 1) return 'It is the only device of its fleet.'
  if (fleet.count <= 1 && isAboutChange && release?.same.of === 1)
    return `No other device shows it, but this is the only one on release ${release.semver}: it may be the release.`
  if (fleet.count <= 1) return 'No other device of the fleet shows it: look at this device.'
  if (release && isTelling(release.same, release.others))
    return `Mostly devices on release ${release.semver} show it: look at the release.`
  if (isTelling(deviceType.same, deviceType.others))
    return `Mostly devices of type ${deviceType.slug} show it: look at what is special to the type.`
  if (fleet.count >= FEWEST && share(fleet) >= 0.5)
    return 'Most of the fleet shows it: look at what all share, such as the release, a variable or the site.'
  return 'Some others show it too, without one release or type in common.'
}
