/** A key press that the page did not use. */
export type KeyPress = Readonly<Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>>

/** What the preload's world tells the host; `values` are encoded by the value codec. */
export type FromPage =
  | { readonly kind: 'invoke'; readonly id: number; readonly channel: string; readonly values: string }
  | ({ readonly kind: 'key' } & KeyPress)
  | { readonly kind: 'focus'; readonly isFocused: boolean }
  | { readonly kind: 'preload-error'; readonly stack: string }

/** What the host tells the preload's world. */
export type ToPage =
  | { readonly kind: 'answer'; readonly id: number; readonly value: string }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'event'; readonly channel: string; readonly values: string }
