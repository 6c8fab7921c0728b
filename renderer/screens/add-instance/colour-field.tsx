import { type InstanceColour, instanceColours } from '../../../domain/instance.ts'
import { ColourMark } from '../../components/instance-colour.tsx'
import { classesIn } from '../../styles/css.ts'
import styles from './add-instance-form.module.css'

const css = classesIn(styles)

const names: Readonly<Record<InstanceColour, string>> = {
  blue: 'Blue',
  teal: 'Teal',
  green: 'Green',
  yellow: 'Yellow',
  orange: 'Orange',
  red: 'Red',
  pink: 'Pink',
  grape: 'Purple',
}

interface ColourFieldProps {
  readonly value: InstanceColour
  readonly onChange: (colour: InstanceColour) => void
}

/** The colour of the band above everything that belongs to the instance. */
export function ColourField({ value, onChange }: ColourFieldProps) {
  return (
    <fieldset className={css('colours')}>
      <legend className={css('legend')}>Colour</legend>
      <div className={css('swatches')}>
        {instanceColours.map((colour) => (
          <label key={colour} className={css('swatch')}>
            <input
              type="radio"
              name="colour"
              value={colour}
              checked={colour === value}
              onChange={() => onChange(colour)}
            />
            <ColourMark colour={colour} />
            {names[colour]}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
