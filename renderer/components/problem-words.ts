import type { Problem } from '../../domain/problem.ts'

/** Of something that a server does not have: said, not left out. */
export const notSupported = 'Not supported by this server'

const titles: Readonly<Partial<Record<Problem['code'], string>>> = {
  unreachable: 'The server can’t be reached',
  'untrusted-certificate': 'The server’s certificate is not trusted',
  'not-this-product': 'This is not a session service',
  gateway: 'Something else answered in the server’s place',
  'another-server': 'Another server answers there',
  'another-certificate': 'Another certificate than the one that is pinned',
  'not-proven': 'Another program answers there',
  'changed-outside': 'This instance was changed outside Curfew',
  'not-known': 'Whether it was changed is not known',
  'sign-in-needed': 'Sign-in needed',
  'password-needed': 'Sign-in needed',
  'invalid-credentials': 'The user name or the password is wrong',
  refused: 'Not allowed',
  throttled: 'A pause is wanted',
  unsupported: notSupported,
  'server-error': 'The server had a fault',
  'keychain-unavailable': 'The keychain can’t be used',
  'keychain-locked': 'The keychain is locked',
  'not-found': 'It is no longer there',
  invalid: 'Something needs another value',
}

/** A short name of a problem, to stand above its message. */
export function problemTitle({ code }: Problem): string {
  return titles[code] ?? 'That did not work'
}

/** Whether the server itself has not been heard. */
export function isSilence({ code }: Problem): boolean {
  return code === 'unreachable' || code === 'gateway' || code === 'not-proven' || code === 'not-known'
}

/** Whether the banner above every screen says it too, and has the way on. */
export function needsSignIn({ code }: Problem): boolean {
  return (
    code === 'sign-in-needed' ||
    code === 'password-needed' ||
    code === 'another-server' ||
    code === 'changed-outside' ||
    code.startsWith('keychain-')
  )
}
