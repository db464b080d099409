/** Line icons of the controls. Decoration only: the button around an icon carries the label. */

const PATHS = {
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  skip: "M5 5l9 7-9 7zM18.500 5v14",
  again: "M5 12a7 7 0 107-7H7M10 2L7 5l3 3",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 010 6M18 6.5a7.8 7.8 0 010 11",
  muted: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  pip: "M3.5 5.5h17v13h-17zM12.5 12h5.5v4h-5.5z",
  statistics: "M5 19v-6M10 19V9M15 19v-9M20 19V5",
  help: "M9 9.2a3 3 0 116 0c0 2-3 2.3-3 4.6M12 17.5v.2",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.3a2.7 2.7 0 100 5.4 2.7 2.7 0 000-5.4z",
  tip: "M12 3.500l2.4 5.2 5.6.7-4.100 3.900 1.100 5.600L12 16.100 7 18.900l1.100-5.600L4 9.400l5.600-.7z",
  check: "M5 12.500l4.500 4.500L19 7.500",
  chat: "M4 5h16v11H10l-4 4v-4H4z",
  bell: "M6 16.500v-6a6 6 0 0112 0v6l1.500 2h-15zM10 20.500a2 2 0 004 0",
  close: "M6 6l12 12M18 6L6 18",
  gear: "M12 8.8a3.2 3.2 0 100 6.4 3.2 3.2 0 000-6.4zM12 3v2.6M12 18.4V21M3 12h2.6M18.4 12H21M5.6 5.6l1.9 1.9M16.5 16.5l1.9 1.9M18.4 5.6l-1.9 1.9M7.5 16.5l-1.9 1.9",
  more: "M5.5 12h.1M12 12h.1M18.5 12h.1",
  pin: "M9 4h6l-1 6 3 3v1.5H7V13l3-3zM12 14.5V21",
  poll: "M5 20v-8M12 20V4M19 20v-5",
  reply: "M10 6L4 12l6 6v-4c5 0 8 1 10 4 0-5-3-9-10-9z",
  send: "M4 12l16-7-5 15-3.5-6z",
  shield: "M12 3l7 3v5c0 5-3 8.4-7 10-4-1.6-7-5-7-10V6z",
  smile: "M12 3.500a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM9 10v.1M15 10v.1M8.5 14.500a4.3 4.300 0 007 0",
  window: "M13 5h6v6M19 5l-8 8M10 6H5v13h13v-5",
  person: "M12 12a3.6 3.6 0 100-7.2 3.6 3.6 0 000 7.2zM5 20c.6-3.6 3.4-5.4 7-5.4s6.4 1.8 7 5.4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
