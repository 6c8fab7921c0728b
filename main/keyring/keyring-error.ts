/**
 * What is wrong with the keyring or one entry of it:
 *
 * - `locked`: there is no key, so nothing can be sealed or opened;
 * - `missing`: an entry that must be there is not;
 * - `not-sealed`, `unknown-version`, `wrong-purpose`, `truncated`: told by the entry's outer form;
 * - `tampered`: its seal does not hold;
 * - `swapped`: it is the sealed entry of another instance;
 * - `rolled-back`: an earlier entry was put back;
 * - `too-long`, `full`: it does not fit into the keychain;
 * - `exists`: a keyring is there already;
 * - `outdated`: another Curfew has changed it since this one opened it;
 * - `resealing`: everything is still being sealed with the key of the last change;
 * - `no-memory`: the computer has not enough of it to work on a passphrase.
 */
export type KeyringFault =
  | 'locked'
  | 'missing'
  | 'not-sealed'
  | 'unknown-version'
  | 'wrong-purpose'
  | 'truncated'
  | 'tampered'
  | 'swapped'
  | 'rolled-back'
  | 'too-long'
  | 'full'
  | 'exists'
  | 'outdated'
  | 'resealing'
  | 'no-memory'

const words: Record<KeyringFault, (entry: string) => string> = {
  locked: () => 'Curfew is locked. Unlock it and try again.',
  missing: (entry) => `The entry “${entry}” of Curfew’s keyring was deleted from the keychain.`,
  'not-sealed': (entry) => `The entry “${entry}” of Curfew’s keyring was replaced by something else.`,
  'unknown-version': (entry) =>
    `The entry “${entry}” of Curfew’s keyring was written by a newer version of Curfew. Update Curfew.`,
  'wrong-purpose': (entry) =>
    `The entry “${entry}” of Curfew’s keyring was replaced by another kind of entry.`,
  truncated: (entry) => `The entry “${entry}” of Curfew’s keyring was cut short.`,
  tampered: (entry) => `The entry “${entry}” of Curfew’s keyring was changed outside Curfew.`,
  swapped: (entry) => `The entry “${entry}” of Curfew’s keyring was exchanged for that of another instance.`,
  'rolled-back': (entry) => `The entry “${entry}” of Curfew’s keyring was exchanged for an earlier one.`,
  'too-long': () => 'This is longer than the keychain can keep. At most about 1 700 characters fit.',
  full: () => 'Curfew’s keyring is full. Remove an instance before adding another.',
  exists: () => 'A passphrase has already been chosen.',
  outdated: () =>
    'Another Curfew on this computer has changed the keyring meanwhile. Lock this one and unlock it again.',
  resealing: () =>
    'Curfew is still sealing everything with the key of the last change. Try again when that is done.',
  'no-memory': () =>
    'This computer has too little free memory to try a passphrase. Close other programs and try again.',
}

/** A fault of the keyring, with words for the person. It never holds anything of what was sealed. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError'
  readonly fault: KeyringFault
  /** The name of the entry in the keychain, where the fault is one entry's. */
  readonly entry: string

  constructor(fault: KeyringFault, entry = '') {
    super(words[fault](entry))
    this.fault = fault
    this.entry = entry
  }
}
