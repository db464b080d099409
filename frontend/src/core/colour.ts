/** Colours of names, made readable on the dark stage: the hue is kept, the lightness raised until the contrast suffices. */

/** WCAG 2.2 AA for text of this size; and the lightest ground it stands on, a line that mentions the person. */
export const CONTRAST = 4.5;
export const GROUND: Rgb = [0x39, 0x2c, 0x1d];

type Rgb = readonly [number, number, number];

/** The colour, or the nearest lighter one that can be read; a wrong one is the text's own. */
export function readable(colour: string): string {
  const rgb = parse(colour);
  if (rgb === null) return "inherit";
  // Towards white in steps: at 20 of 20 the contrast is that of white.
  for (let step = 0; step <= 20; step += 1) {
    const mixed = mix(rgb, step / 20);
    if (contrast(mixed, GROUND) >= CONTRAST) return hex(mixed);
  }
  return "inherit";
}

/** WCAG's contrast ratio, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

export function parse(colour: string): Rgb | null {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  return found === null ? null : [Number.parseInt(found[1] as string, 16), Number.parseInt(found[2] as string, 16), Number.parseInt(found[3] as string, 16)];
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function mix(rgb: Rgb, white: number): Rgb {
  return rgb.map((value) => Math.round(value + (255 - value) * white)) as unknown as Rgb;
}

function hex(rgb: Rgb): string {
  return `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
