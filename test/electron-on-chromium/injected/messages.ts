/** A key press that the page did not use. */
export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  readonly repeat: boolean
}

/** What the preload's world tells the host; `values` and `details` are encoded by the value codec. */
export type FromPage =
  | { readonly kind: 'invoke'; readonly id: number; readonly channel: string; readonly values: string }
  | { readonly kind: 'send'; readonly channel: string; readonly values: string }
  | {
      readonly kind: 'permission'
      readonly id: number
      readonly permission: string
      readonly details: string
    }
  | ({ readonly kind: 'key' } & KeyPress)
  | { readonly kind: 'title'; readonly title: string }
  | { readonly kind: 'focus'; readonly isFocused: boolean }
  | {
      readonly kind: 'preload-error'
      readonly name: string
      readonly message: string
      readonly stack: string
    }

/** What the host tells the preload's world. */
export type ToPage =
  | { readonly kind: 'answer'; readonly id: number; readonly value?: string; readonly error?: string }
  | { readonly kind: 'permission'; readonly id: number; readonly isGranted: boolean }
  | { readonly kind: 'event'; readonly channel: string; readonly values: string }
