import type { KeychainFault } from '../../domain/lock.ts'
import { KeychainError } from './keychain.ts'

/** What the keychain is called on each system, and what a person can do where it fails. */
const words = {
  linux: {
    absent:
      'Curfew found no keychain on this computer. Install a Secret Service, such as gnome-keyring (package “gnome-keyring”) or KWallet (package “kwalletmanager”), sign in to your desktop again, and start Curfew again.',
    locked:
      'The keychain of this computer is locked, or has no default keyring yet. Nothing in it is lost. Unlock it with the password of your keyring, usually the one you sign in to this computer with; or unlock or create the default keyring in “Passwords and Keys” or KWallet. Curfew then goes on by itself.',
    restarted:
      'The keychain of this computer was started anew while Curfew was running. Nothing in it is lost. Quit Curfew and start it again.',
    'timed-out':
      'The keychain of this computer did not answer. If a window asks for the password of your keyring, answer it and try again.',
    failed:
      'The keychain of this computer refused. Make sure that a Secret Service, such as gnome-keyring or KWallet, is installed and unlocked, and try again.',
  },
  darwin: {
    absent:
      'Curfew could not reach the macOS keychain. Open Keychain Access, make sure that the “login” keychain is in the list, and start Curfew again.',
    restarted: 'The macOS keychain was started anew. Nothing in it is lost. Quit Curfew and start it again.',
    locked:
      'The macOS keychain is locked, or Curfew was refused access. Nothing in it is lost. Unlock the “login” keychain in Keychain Access, choose “Always Allow” when macOS asks for Curfew, and try again.',
    'timed-out':
      'The macOS keychain did not answer. If macOS asks whether Curfew may use it, answer and try again.',
    failed:
      'The macOS keychain refused. Unlock the “login” keychain in Keychain Access, allow Curfew to use it, and try again.',
  },
  win32: {
    absent:
      'Curfew could not reach the Windows Credential Manager. Start the service “Credential Manager” (VaultSvc) in Services, and start Curfew again.',
    restarted:
      'The Windows Credential Manager was started anew. Nothing in it is lost. Quit Curfew and start it again.',
    locked:
      'The Windows Credential Manager refused access. Sign in to Windows with your own account, make sure that the service “Credential Manager” (VaultSvc) runs, and try again.',
    'timed-out':
      'The Windows Credential Manager did not answer. Restart the service “Credential Manager” (VaultSvc) in Services, and try again.',
    failed:
      'The Windows Credential Manager refused. Make sure that the service “Credential Manager” (VaultSvc) runs, and try again.',
  },
} as const satisfies Record<string, Record<KeychainFault, string>>

const libraryMissing = {
  linux:
    'Curfew could not load the library that speaks to the keychain. Install libsecret (package “libsecret-1-0” or “libsecret”) and a Secret Service such as gnome-keyring or KWallet, and start Curfew again.',
  darwin: 'Curfew’s own keychain library is missing or damaged. Install Curfew again.',
  win32: 'Curfew’s own keychain library is missing or damaged. Install Curfew again.',
} as const

type System = keyof typeof words

const system = (platform: NodeJS.Platform): System =>
  platform === 'darwin' || platform === 'win32' ? platform : 'linux'

/** What libsecret, macOS and Windows say, in English: a system in another language gives `failed`. */
const signs: readonly (readonly [RegExp, KeychainFault])[] = [
  // libsecret holds on to the service it first spoke to, by that one’s own name, and to its session with it.
  [/session wrapping the secret|The name :\d/i, 'restarted'],
  [
    /autolaunch D-Bus|Could not connect|connection is closed|Connection closed|ENOENT|ECONNREFUSED|not provided by any|ServiceUnknown|StartServiceByName|transport|NameHasNoOwner|exited with status/i,
    'absent',
  ],
  [
    /locked|does not exist at path|dismissed|prompt|interaction is not allowed|passphrase you entered|canceled|cancelled|denied/i,
    'locked',
  ],
]

/** Puts a failure of the keychain into a person's words. The library's own are kept as the `cause`. */
export function keychainError(platform: NodeJS.Platform, cause: unknown): KeychainError {
  const said = cause instanceof Error ? cause.message : String(cause)
  const fault = signs.find(([sign]) => sign.test(said))?.[1] ?? 'failed'
  return new KeychainError(words[system(platform)][fault], fault, { cause })
}

export function keychainLocked(platform: NodeJS.Platform): KeychainError {
  return new KeychainError(words[system(platform)].locked, 'locked')
}

export function keychainTimedOut(platform: NodeJS.Platform): KeychainError {
  return new KeychainError(words[system(platform)]['timed-out'], 'timed-out')
}

export function keychainLibraryMissing(platform: NodeJS.Platform, cause: unknown): KeychainError {
  return new KeychainError(libraryMissing[system(platform)], 'absent', { cause })
}
