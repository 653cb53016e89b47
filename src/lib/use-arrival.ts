import { useState } from 'react'
import { NavigationType, useLocation, useNavigationType } from 'react-router'

/**
 * A key that changes when somebody comes to an address by a link or by Back, and stays when the page rewrites its own
 * (`replace`). A form that keeps more than the address holds, such as what is half typed, begins anew with it.
 */
export function useArrival(): string {
  const { key } = useLocation()
  const isOwn = useNavigationType() === NavigationType.Replace
  const [arrival, setArrival] = useState(key)
  if (!isOwn && key !== arrival) setArrival(key)
  return arrival
}
