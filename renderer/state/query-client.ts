import { QueryClient } from '@tanstack/react-query'

/**
 * What main answered, by instance. Keys begin with the instance id. Nothing is retried or refetched behind the
 * admin's back: main says when an instance is back, and F5 asks again.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      staleTime: 30_000,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
