import {
  ActionIcon,
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  Input,
  type MantineColorsTuple,
  Menu,
  Modal,
  NativeSelect,
  Switch,
} from '@mantine/core'
import { IconSelector } from '@tabler/icons-react'
import { createElement } from 'react'
import { classesIn } from './css.ts'
import styles from './theme.module.css'

const css = classesIn(styles)

const accent: MantineColorsTuple = [
  '#eef0ff',
  '#dcdffb',
  '#b6bcf3',
  '#8e97ec',
  '#6d78e6',
  '#5964dd',
  '#4650c8',
  '#3d46b0',
  '#353d9b',
  '#2b3285',
]

const danger: MantineColorsTuple = [
  '#fdeeed',
  '#f9d8d6',
  '#f0aeab',
  '#e7827d',
  '#df5d57',
  '#cf423d',
  '#bf2f2b',
  '#a82521',
  '#931e1b',
  '#7c1513',
]

const family =
  'system-ui, -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", Cantarell, Ubuntu, "Liberation Sans", sans-serif'

/** Mantine in Curfew's measures: 13-pixel text, 32-pixel controls, one accent. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 5 },
  colors: { accent, danger },
  fontFamily: family,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '20px', xl: '28px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  defaultRadius: '6px',
  cursorType: 'default',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({
      vars: () => ({
        root: { '--button-height': '32px', '--button-fz': '13px', '--button-padding-x': '14px' },
        inner: {},
        loader: {},
        label: {},
        section: {},
      }),
      classNames: { root: css('button') },
    }),
    ActionIcon: ActionIcon.extend({
      defaultProps: { variant: 'subtle', color: 'gray' },
      vars: () => ({ root: { '--ai-size': '28px' } }),
    }),
    Input: Input.extend({
      vars: () => ({
        wrapper: {
          '--input-height': '32px',
          '--input-fz': '13px',
          '--input-bg': 'var(--bg-raised)',
        },
      }),
    }),
    InputWrapper: Input.Wrapper.extend({
      defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'] },
      classNames: {
        label: css('label'),
        description: css('help'),
        error: css('error'),
      },
    }),
    Switch: Switch.extend({
      defaultProps: { size: 'sm', withThumbIndicator: false },
      classNames: { label: css('choice'), description: css('help') },
    }),
    Checkbox: Checkbox.extend({
      defaultProps: { size: 'xs' },
      classNames: { inner: css('box'), label: css('choice'), description: css('help') },
    }),
    NativeSelect: NativeSelect.extend({
      defaultProps: {
        rightSection: createElement(IconSelector, { size: 14, stroke: 1.75, 'aria-hidden': true }),
        rightSectionPointerEvents: 'none',
      },
    }),
    Menu: Menu.extend({
      defaultProps: { shadow: 'none', position: 'bottom-end', transitionProps: { duration: 80 } },
      classNames: { dropdown: css('dropdown'), item: css('menuItem') },
    }),
    ModalRoot: Modal.Root.extend({
      defaultProps: {
        centered: true,
        lockScroll: false,
        size: 460,
        padding: 'xl',
        transitionProps: { transition: 'fade', duration: 100 },
      },
    }),
  },
})

/** Hands Curfew's palette to Mantine's components, in both themes. */
export const cssVariables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--bg)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text-2)',
    '--mantine-color-placeholder': 'var(--text-2)',
    '--mantine-color-default': 'var(--bg-raised)',
    '--mantine-color-default-hover': 'var(--bg-quiet)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-danger-outline': 'var(--danger-text)',
    '--mantine-color-danger-outline-hover': 'var(--danger-soft)',
    '--mantine-color-error': 'var(--danger-text)',
    '--mantine-color-disabled': 'var(--bg-quiet)',
    '--mantine-color-disabled-color': 'var(--text-2)',
    '--mantine-color-disabled-border': 'var(--line)',
  }
  return { variables: {}, light: shared, dark: shared }
}
