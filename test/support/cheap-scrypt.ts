/** scrypt so cheap that a test may run it hundreds of times. */
export const cheapScrypt = { N: 16, r: 8, p: 1 } as const
