import type { CSSProperties } from 'react'
import type { InstanceColour } from '../../domain/instance.ts'
import { classesIn } from '../styles/css.ts'
import styles from './instance-colour.module.css'

const css = classesIn(styles)

/** An instance's own colour as a CSS value, right in both themes. */
export function colourOf(colour: InstanceColour): string {
  return `var(--instance-${colour})`
}

/** The small square in an instance's colour. Its name always stands beside it. */
export function ColourMark({ colour }: { readonly colour: InstanceColour }) {
  return <span className={css('mark')} style={{ '--mark': colourOf(colour) } as CSSProperties} aria-hidden />
}
