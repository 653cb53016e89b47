/** The part of a device's config.json that makes it join; the rest comes with the host OS image. */
export function deviceConfig(input: {
  apiEndpoint: string
  fleetId: number
  apiKey: string
  deviceType: string
}): string {
  return JSON.stringify(
    {
      apiEndpoint: input.apiEndpoint,
      applicationId: input.fleetId,
      apiKey: input.apiKey,
      deviceType: input.deviceType,
    },
    null,
    2,
  )
}
