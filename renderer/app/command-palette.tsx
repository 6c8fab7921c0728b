import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { Dialog } from '../components/dialog.tsx'
import { useSheets } from '../state/sheets.ts'
import { classesIn } from '../styles/css.ts'
import { keyWords } from './command-keys.ts'
import styles from './command-palette.module.css'
import { type Command, type CommandContext, commandsOf } from './commands.ts'

const css = classesIn(styles)

const close = () => useSheets.setState({ open: undefined })

/** *Go to* and the sheet of keys, where one of them is open. */
export function CommandSheets({ context }: { readonly context: CommandContext }) {
  const { open } = useSheets()
  return (
    <>
      <Dialog opened={open === 'palette'} title="Go to" onClose={close}>
        <Palette context={context} />
      </Dialog>
      <Dialog opened={open === 'keys'} title="Keys" onClose={close}>
        <Keys context={context} />
      </Dialog>
    </>
  )
}

/** Every command whose name, or what it is about, has all the words in it; those that begin so come first. */
function findCommands(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const textOf = ({ label, about }: Command) => `${label} ${about ?? ''}`.toLowerCase()
  const found = commands.filter((command) => words.every((word) => textOf(command).includes(word)))
  const begins = (command: Command) => words.length > 0 && textOf(command).startsWith(words[0] ?? '')
  return [...found.filter(begins), ...found.filter((command) => !begins(command))]
}

function Palette({ context }: { readonly context: CommandContext }) {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const listId = useId()
  const list = useRef<HTMLDivElement>(null)
  const found = findCommands(
    commandsOf(context).filter(({ id }) => id !== 'palette'),
    typed,
  )
  const chosen = Math.min(at, found.length - 1)
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }, [chosen])

  const run = (command: Command | undefined) => {
    if (!command || command.disabledReason?.()) return
    close()
    // Once the focus is back where it was: the command may put it elsewhere.
    requestAnimationFrame(() => command.run(context))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: found.length - 1 }[event.key]
    if (to !== undefined) setAt(Math.max(0, Math.min(found.length - 1, to)))
    else if (event.key === 'Enter') run(found[chosen])
    else return
    event.preventDefault()
  }
  return (
    <>
      <TextInput
        data-autofocus
        aria-label="Go to"
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={found[chosen] ? `${listId}-${chosen}` : undefined}
        placeholder="An instance, a screen, or what to do"
        leftSection={<IconSearch size={14} stroke={1.75} aria-hidden />}
        maxLength={200}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div className={css('list')} role="listbox" id={listId} aria-label="Commands" ref={list}>
        {found.map((command, index) => (
          <Row
            key={command.id}
            id={`${listId}-${index}`}
            command={command}
            chosen={index === chosen}
            onRun={() => run(command)}
          />
        ))}
      </div>
      {found.length === 0 && (
        <p className="quiet" role="status">
          Nothing here is called that.
        </p>
      )}
    </>
  )
}

interface RowProps {
  readonly id: string
  readonly command: Command
  readonly chosen: boolean
  readonly onRun: () => void
}

function Row({ id, command, chosen, onRun }: RowProps) {
  const { label, about, icon: Icon, key, disabledReason } = command
  const reason = disabledReason?.()
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and takes the keys.
    <div
      id={id}
      className={css('row')}
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      aria-disabled={reason !== undefined}
      onClick={onRun}
    >
      <span className={css('icon')}>{Icon && <Icon size={16} stroke={1.75} aria-hidden />}</span>
      <span className={css('label')}>
        <bdi>{label}</bdi>
        {(reason ?? about) && <span className={css('about')}>{reason ?? about}</span>}
      </span>
      {key && <kbd className={css('key')}>{keyWords(key)}</kbd>}
    </div>
  )
}

function Keys({ context }: { readonly context: CommandContext }) {
  return (
    <dl className={css('keys')}>
      {commandsOf(context).map(
        ({ id, label, key }) =>
          key && (
            <div key={id} className={css('pair')}>
              <dt>
                <bdi>{label}</bdi>
              </dt>
              <dd>
                <kbd className={css('key')}>{keyWords(key)}</kbd>
              </dd>
            </div>
          ),
      )}
      {listKeys.map(([label, key]) => (
        <div key={label} className={css('pair')}>
          <dt>{label}</dt>
          <dd>
            <kbd className={css('key')}>{key}</kbd>
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** What the lists themselves understand. */
const listKeys = [
  ['In a list: the row above, the row below', '↑ ↓'],
  ['In a list: open the row', 'Enter'],
  ['In Users: select the person', 'Space'],
  ['In System Config: delete the entry', 'Delete'],
  ['Close what is open beside the list', 'Esc'],
] as const
