import { useMutation } from '@tanstack/react-query'
import { callApi } from '@/lib/api'

/** Lets the gateway try the connection, step by step. */
export const useTestSource = () => useMutation({ mutationFn: () => callApi('testSource') })
