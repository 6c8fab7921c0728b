/** The names of Curfew's entries in the keychain. */
export const entryNames = {
  /** The data key, wrapped by the passphrase. */
  wrap: 'keyring',
  /** The wrap that a passphrase change is putting in its place. */
  nextWrap: 'keyring.next',
  /** The data key before, sealed under the present one: there until nothing is sealed under it any more. */
  previous: 'keyring.previous',
  manifest: 'manifest',
  /** The manifest that goes with a new data key, sealed under it. */
  nextManifest: 'manifest.next',
  /** There while everything is being deleted. */
  forgetting: 'forgetting',
  /** Wrong passphrases so far: no secret, and not sealed. */
  attempts: 'attempts',
  instance: (id: string) => `${instancePrefix}${id}`,
} as const

export const instancePrefix = 'instance:'
